"""The files of a DynamoDB export as AWS documents them: a summary, a list of data files, and gzipped lines of DynamoDB JSON."""

import base64
import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.errors import Terminal, Transient

FORMAT = "DYNAMODB_JSON"
_TOLD = re.compile(r"DamagedExport: (.+)")


class DamagedExport(Terminal):
    """A file of an export is not what its manifest says, so that rows may be missing."""

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(
            f"{file}: {problem}; nothing was published. To have the window exported anew, delete its file in the exports prefix under `requests/`"
        )


@contextmanager
def damage_told() -> Iterator[None]:
    """Raises what Spark's workers found wrong with a file as what it is; Spark tells it as text within its own error."""
    try:
        yield
    except Exception as error:
        found = _TOLD.search(str(error))
        if found is None:
            raise
        raise Terminal(found[1].strip()) from error


@dataclass(frozen=True)
class DataFile:
    """One data file of an export.

    Attributes:
        key: In the export's bucket.
        items: How many lines it has.
        md5: Of the gzipped file, in base64.
    """

    key: str
    items: int
    md5: str


@dataclass(frozen=True)
class ExportFiles:
    """A complete export.

    Attributes:
        bucket: Where its files are.
        files: Its data files.
    """

    bucket: str
    files: tuple[DataFile, ...]

    @property
    def items(self) -> int:
        """How many lines all files have."""
        return sum(file.items for file in self.files)


def read_manifest(bucket: str, summary_key: str, arn: str) -> ExportFiles:
    """The files of an export.

    Args:
        bucket: The export's bucket.
        summary_key: The key of its `manifest-summary.json`.
        arn: The export that it must be of.

    Raises:
        DamagedExport: The manifest is of another export or format, or contradicts itself.
        Transient: S3 can't be reached.
    """
    where = f"s3://{bucket}/{summary_key}"
    summary = parsed(where, read_object(bucket, summary_key))
    if summary.get("exportArn") != arn:
        raise DamagedExport(where, f"it is of export {summary.get('exportArn')} instead of {arn}")
    if summary.get("outputFormat") != FORMAT:
        raise DamagedExport(where, f"its format is {summary.get('outputFormat')} instead of {FORMAT}")
    listed = str(summary["manifestFilesS3Key"])
    files = tuple(data_files(f"s3://{bucket}/{listed}", read_object(bucket, listed)))
    found = ExportFiles(bucket, files)
    if found.items != int(summary["itemCount"]):
        raise DamagedExport(where, f"it counts {summary['itemCount']} items, and its data files {found.items}")
    return found


def data_files(where: str, content: bytes) -> Iterator[DataFile]:
    """The data files that a `manifest-files.json` lists, one JSON object a line."""
    for line in content.decode().splitlines():
        if line.strip():
            entry = parsed(where, line.encode())
            yield DataFile(key=str(entry["dataFileS3Key"]), items=int(entry["itemCount"]), md5=str(entry["md5Checksum"]))


def parsed(where: str, content: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        DamagedExport: It is none.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise DamagedExport(where, f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DamagedExport(where, "not a JSON object")
    return document


def read_object(bucket: str, key: str) -> bytes:
    """An object of S3.

    Raises:
        DamagedExport: It is not there or may not be read.
        Transient: S3 can't be reached.
    """
    try:
        return bytes(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        raise DamagedExport(f"s3://{bucket}/{key}", error.response.get("Error", {}).get("Code", "")) from error
    except BotoCoreError as error:
        raise Transient(f"s3://{bucket}/{key}: S3 can't be reached: {type(error).__name__}") from error


def lines(bucket: str, file: DataFile) -> Iterator[str]:
    """The lines of a data file, in a Spark worker; what its manifest says of it is held against it as it is read.

    Raises:
        DamagedExport: After the last line, where number or checksum are not the manifest's.
    """
    where = f"s3://{bucket}/{file.key}"
    body = _Hashed(boto3.client("s3").get_object(Bucket=bucket, Key=file.key)["Body"])
    count = 0
    with gzip.GzipFile(fileobj=io.BufferedReader(body, 1 << 20)) as content:
        for line in content:
            if line.strip():
                count += 1
                yield line.decode()
    if count != file.items:
        raise DamagedExport(where, f"it has {count} items, and the manifest counts {file.items}")
    if body.md5 != file.md5:
        raise DamagedExport(where, f"its MD5 is {body.md5} instead of the manifest's {file.md5}")


class _Hashed(io.RawIOBase):
    """A body of S3 whose checksum is known once it was read."""

    def __init__(self, body: Any) -> None:
        self._body = body
        # A checksum of AWS's choice, against damage and not against people.
        self._hash = hashlib.md5(usedforsecurity=False)

    @property
    def md5(self) -> str:
        return base64.b64encode(self._hash.digest()).decode()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._body.read(len(buffer))
        self._hash.update(read)
        buffer[: len(read)] = read
        return len(read)
