"""An AWS in the process of a test: moto. What it is not asked for, and why, is in docs/decisions/moto.md."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import requests
from moto import mock_aws

REGION = "eu-west-1"
type Clients = Callable[[str], Any]

# One for all: a session reads the models of its services when it first needs them, which takes longer than a test.
SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
# moto's own address for the seed of ids that it draws.
SEED = "http://motoapi.amazonaws.com/moto-api/seed?a=1"


def client(service: str) -> Any:
    """A client of the account that there is now."""
    return SESSION.client(service)  # type: ignore[call-overload]


@contextmanager
def empty_aws() -> Iterator[Clients]:
    """Makes boto3 clients, by the service's name, of an account that holds nothing yet; ids that it draws are the same each time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        with mock_aws():
            requests.post(SEED, timeout=10)
            yield client
