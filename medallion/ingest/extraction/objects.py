"""Objects of S3 that several runs write, each on the condition that nobody else has done so in the meantime."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.errors import Transient

# That of two writers the other one came first; that it is about to; that the object was removed.
_CHANGED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409", "NoSuchKey")


class Changed(Exception):
    """The object is not as it was when it was read."""


@dataclass(frozen=True)
class Stored:
    """An object.

    Attributes:
        body: What it holds.
        etag: What S3 knows this very content by.
    """

    body: bytes
    etag: str


class Objects(Protocol):
    """A bucket."""

    async def get(self, key: str) -> Stored | None:
        """An object; None if there is none."""

    async def put(self, key: str, body: bytes, etag: str | None) -> str:
        """Writes an object that is still as it was read.

        Args:
            key: Its key.
            body: What it is to hold.
            etag: That of the content that is replaced; None if there is to be none.

        Returns:
            The new content's.

        Raises:
            Changed: It is no longer so; read it again.
        """


class S3Objects:
    """A bucket of S3, asked in threads, as boto3 waits where it is called."""

    def __init__(self, client: Any, bucket: str, threads: int) -> None:
        """The client needs as many connections as there are threads (`max_pool_connections`)."""
        self._client = client
        self._bucket = bucket
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="objects")

    @classmethod
    def of(cls, bucket: str, concurrency: int) -> "S3Objects":
        """A bucket of this account, for so many calls to a model at a time."""
        # Answers are written while the next documents are looked up.
        threads = 2 * concurrency
        return cls(boto3.client("s3", config=Config(max_pool_connections=threads, retries={"mode": "standard"})), bucket, threads)

    async def get(self, key: str) -> Stored | None:
        """An object; None if there is none."""

        def read() -> Stored | None:
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=key)
                return Stored(found["Body"].read(), found["ETag"])
            except ClientError as error:
                if _code(error) in ("NoSuchKey", "404"):
                    return None
                raise

        return await self._called(key, read)

    async def put(self, key: str, body: bytes, etag: str | None) -> str:
        """Writes an object that is still as it was read; see `Objects`."""
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}

        def write() -> str:
            try:
                written: str = self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=body, ContentType="application/json", **condition
                )["ETag"]
                return written
            except ClientError as error:
                if _code(error) in _CHANGED:
                    raise Changed from None
                raise

        return await self._called(key, write)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown()

    async def _called[T](self, key: str, action: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, action)
        except ClientError as error:
            raise Transient(f"s3://{self._bucket}/{key}: {_code(error)}") from error
        except BotoCoreError as error:
            raise Transient(f"s3://{self._bucket}/{key}: S3 can't be reached: {type(error).__name__}") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
