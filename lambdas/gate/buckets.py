"""The gate's storage in S3."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from botocore.exceptions import ClientError

from .admission import Gone
from .checks import Refusal
from .upload import Upload

_GONE = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound", "MethodNotAllowed", "405"})
# What S3 takes in a tag's value beside letters and digits; longer values are refused.
_UNTAGGABLE = re.compile(r"[^\w +\-=.:/@]", re.ASCII)
_LONGEST_TAG = 256


class Buckets:
    """The landing bucket, and the two that the gate writes."""

    def __init__(self, client: Any, *, bronze: str, ops: str) -> None:
        """Over an S3 client.

        Args:
            client: boto3's.
            bronze: Where documents and quarantine are.
            ops: Where records are.
        """
        self._client, self._bronze, self._ops = client, bronze, ops

    def record(self, key: str) -> bytes | None:
        """A record; None where there is none."""
        try:
            content: bytes = self._client.get_object(Bucket=self._ops, Key=key)["Body"].read()
        except ClientError as error:
            if _code(error) not in _GONE:
                raise
            return None
        return content

    def put_record(self, key: str, content: bytes) -> None:
        """Writes a record."""
        self._client.put_object(Bucket=self._ops, Key=key, Body=content, ContentType="application/json")

    def read(self, upload: Upload) -> bytes:
        """Its bytes; raises Gone."""
        with _gone_told(upload):
            content: bytes = self._client.get_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version)["Body"].read()
            return content

    def keep(self, key: str, content: bytes, *, upload: str, name: str, media_type: str) -> str:
        """Puts bytes unless the key has some; returns the id of the upload that brought those that are there."""
        try:
            self._client.put_object(
                Bucket=self._bronze,
                Key=key,
                Body=content,
                ContentType=media_type,
                # User-defined metadata is ASCII.
                Metadata={"upload": upload, "name": quote(name)},
                IfNoneMatch="*",
            )
        except ClientError as error:
            if _code(error) not in ("PreconditionFailed", "412"):
                raise
            there: str = self._client.head_object(Bucket=self._bronze, Key=key)["Metadata"]["upload"]
            return there
        return upload

    def put_entry(self, key: str) -> None:
        """Makes an entry among the accepted."""
        self._client.put_object(Bucket=self._bronze, Key=key, Body=b"")

    def quarantine(self, upload: Upload, key: str, refusal: Refusal) -> None:
        """Copies the upload without fetching it, the reason in the copy's tags; raises Gone."""
        tags = {"reason": refusal.reason, "explanation": _UNTAGGABLE.sub(" ", refusal.explanation)[:_LONGEST_TAG].strip()}
        with _gone_told(upload):
            # In parts where it is larger than one copy may be.
            self._client.copy(
                {"Bucket": upload.bucket, "Key": upload.key, "VersionId": upload.version},
                self._bronze,
                key,
                ExtraArgs={
                    "Metadata": {"upload": upload.id, "name": quote(upload.key)},
                    "MetadataDirective": "REPLACE",
                    "Tagging": urlencode(tags, quote_via=quote),
                    "TaggingDirective": "REPLACE",
                },
            )

    def remove(self, upload: Upload) -> None:
        """Removes this version from the landing bucket; one that is gone is no error."""
        self._client.delete_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version)


@contextmanager
def _gone_told(upload: Upload) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if _code(error) not in _GONE:
            raise
        raise Gone(upload.id) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
