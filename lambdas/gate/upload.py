"""What arrived, as S3's event says it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NoUpload(ValueError):
    """A message of the queue is no event of an object that was made; it ends in the dead-letter queue for a person to look at."""


@dataclass(frozen=True)
class Upload:
    """One version of one object in the landing bucket.

    Attributes:
        bucket: The landing bucket.
        key: The object's key, as it is and not URL-encoded.
        version: The object's version id.
        size_bytes: As S3 counted it.
        uploaded_at: When, UTC, as S3 writes it: `2026-01-31T18:00:00Z`.
    """

    bucket: str
    key: str
    version: str
    size_bytes: int
    uploaded_at: str

    @property
    def id(self) -> str:
        """The same for each delivery of the event, and another for each upload, even of the same key: 32 hexadecimal digits."""
        return hashlib.sha256(f"{self.bucket}\0{self.key}\0{self.version}".encode()).hexdigest()[:32]

    @property
    def source(self) -> str:
        """The first level of the key; empty where it has one level only."""
        first, slash, _ = self.key.partition("/")
        return first if slash else ""

    @property
    def name(self) -> str:
        """The key below its source's prefix."""
        return self.key.partition("/")[2]


def upload_of(event: Mapping[str, Any]) -> Upload:
    """The upload that an EventBridge event of S3 tells of.

    Raises:
        NoUpload: It tells of something else.
    """
    if event.get("source") != "aws.s3" or event.get("detail-type") != "Object Created":
        raise NoUpload(f"{event.get('source')!r} / {event.get('detail-type')!r} is no 'aws.s3' / 'Object Created'")
    try:
        detail = event["detail"]
        found = detail["object"]
        return Upload(
            bucket=str(detail["bucket"]["name"]),
            key=str(found["key"]),
            version=str(found["version-id"]),
            size_bytes=int(found["size"]),
            uploaded_at=str(event["time"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NoUpload(
            f"the event lacks {error}; the landing bucket is versioned and tells bucket, key, version-id, size and time"
        ) from error
