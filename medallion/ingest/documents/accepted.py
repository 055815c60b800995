"""The documents that the gate has accepted, as the keys say that it leaves in the bronze bucket: `<day>/<time>-<received>-<document id>`.

Keys sort as the gate's clock did, so that a listing begins where the last one ended, whatever lies before.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.errors import Terminal, Transient

# The gate writes an entry at once after it has read its clock, in at most the 15 minutes that Lambda gives it; clocks differ a little, too.
OVERLAP = timedelta(hours=1)
_ENTRY = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{6}\.\d{6})-(\d{8}T\d{6}Z)-([0-9a-f]{64})")
_KEY_TIME = "%Y-%m-%d/%H%M%S.%f"
_RECEIVED = "%Y%m%dT%H%M%SZ"


class NotAnEntry(Terminal):
    """Something else than the gate wrote among what it accepted."""


@dataclass(frozen=True)
class Accepted:
    """One entry.

    Attributes:
        document_id: The SHA-256 of the document's bytes.
        accepted_at: When the gate let it in, UTC.
        received_at: When its upload came, UTC, to the second.
    """

    document_id: str
    accepted_at: datetime
    received_at: datetime


def accepted_since(bucket: str, prefix: str, watermark: datetime | None) -> tuple[Accepted, ...]:
    """Each document that was accepted since a moment, the overlap before it included, in the order of their acceptance.

    Args:
        bucket: The bronze bucket.
        prefix: Where the table's documents are, without a slash at its end.
        watermark: The newest acceptance that was read; None for all.

    Raises:
        NotAnEntry: A key is none of the gate's.
        Transient: S3 can't be reached.
    """
    folder = f"{prefix}/accepted/"
    try:
        pages = (
            boto3.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=bucket, Prefix=folder, StartAfter=folder + listed_after(watermark))
        )
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    except (BotoCoreError, ClientError) as error:
        raise Transient(f"s3://{bucket}/{folder}: {error}") from error
    return entries(f"s3://{bucket}/{folder}", (key.removeprefix(folder) for key in keys))


def listed_after(watermark: datetime | None) -> str:
    """The key after which a listing begins: behind it lies all that was accepted from an overlap before a moment on; empty for all."""
    return (watermark.astimezone(UTC) - OVERLAP).strftime(_KEY_TIME) if watermark is not None else ""


def entries(where: str, keys: Iterable[str]) -> tuple[Accepted, ...]:
    """The entries of keys, each document once: as it was accepted first.

    Raises:
        NotAnEntry: A key is none of the gate's.
    """
    found: dict[str, Accepted] = {}
    for key in keys:
        match = _ENTRY.fullmatch(key)
        if match is None:
            raise NotAnEntry(f"{where}{key} is no entry of the gate's; what has no place there must be moved away")
        day, time, received, document_id = match.groups()
        found.setdefault(
            document_id,
            Accepted(
                document_id=document_id,
                accepted_at=datetime.strptime(f"{day}/{time}", _KEY_TIME).replace(tzinfo=UTC),
                received_at=datetime.strptime(received, _RECEIVED).replace(tzinfo=UTC),
            ),
        )
    return tuple(found.values())


def text_of(moment: datetime) -> str:
    """A moment of acceptance as a table's state has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text: str) -> datetime:
    """The moment of `text_of`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
