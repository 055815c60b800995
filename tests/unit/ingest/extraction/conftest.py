"""Gemini's API, and a bucket."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from medallion.ingest.extraction.objects import S3Objects
from tests.gemini_server import GeminiServer

if TYPE_CHECKING:
    from tests.unit.aws import Clients

BUCKET = "bronze"


@pytest.fixture
def gemini() -> Iterator[GeminiServer]:
    """Gemini's API on a port of its own."""
    with GeminiServer().running() as server:
        yield server


@pytest.fixture
def objects(aws: "Clients") -> Iterator[S3Objects]:
    """A bucket that is empty."""
    client = aws("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    # One thread: moto compares and writes in two steps, and lets another thread in between.
    objects = S3Objects(client, BUCKET, threads=1)
    yield objects
    objects.close()
