"""The files of an export as AWS documents them, made from items and their writes."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from local.service import Json
from local.services.dynamodb.write_log import Write

# Each of a table's partitions is a file, empty ones too.
PARTITIONS = 2


@dataclass(frozen=True)
class Files:
    """All of an export's objects.

    Attributes:
        objects: By key, in the order in which they are written; the summary comes last.
        summary: The key of `manifest-summary.json`.
        items: How many there are.
        billed: Bytes.
    """

    objects: Mapping[str, bytes]
    summary: str
    items: int
    billed: int


def key_of(item: Json, names: Sequence[str]) -> str:
    """An item's key as canonical JSON."""
    return json.dumps({name: item[name] for name in names}, sort_keys=True)


def items_at(items: Iterable[Json], later: Sequence[Write], names: Sequence[str]) -> list[Json]:
    """A table's items at a moment of the past.

    Args:
        items: As they are now.
        later: All writes since the moment, oldest first.
        names: The key's attributes.
    """
    then = {key_of(item, names): item for item in items}
    for write in reversed(later):
        if write.old is None:
            then.pop(write.key, None)
        else:
            then[write.key] = write.old
    return list(then.values())


def full_lines(items: Iterable[Json]) -> list[Json]:
    """What a full export says of each item."""
    return [{"Item": item} for item in items]


def incremental_lines(writes: Iterable[Write], *, old_images: bool) -> list[Json]:
    """What an incremental export says of each item that was written in its window: the last image, and the one from before the window.

    An item that came and went within the window is not told at all.
    """
    first: dict[str, Write] = {}
    last: dict[str, Write] = {}
    for write in writes:
        first.setdefault(write.key, write)
        last[write.key] = write
    lines = []
    for key, write in last.items():
        before = first[key].old
        if before is None and write.new is None:
            continue
        line: Json = {"Metadata": {"WriteTimestampMicros": {"N": str(write.at)}}, "Keys": json.loads(key)}
        if old_images and before is not None:
            line["OldImage"] = before
        if write.new is not None:
            line["NewImage"] = write.new
        lines.append(line)
    return lines


def export_files(description: Json, lines: Iterable[Json], *, table_id: str, ended: datetime) -> Files:
    """The data files and manifests of an export.

    Args:
        description: As DescribeExport gives it.
        lines: Of all items.
        table_id: The table's id.
        ended: When the export was complete.
    """
    prefix = f"{description['S3Prefix'].strip('/')}/" if description.get("S3Prefix") else ""
    identifier = description["ExportArn"].rpartition("/")[2]
    folder = f"{prefix}AWSDynamoDB/{identifier}"
    full = description["ExportType"] == "FULL_EXPORT"
    data = f"{folder}/data" if full else f"{prefix}AWSDynamoDB/data"
    partitions: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
    for line in lines:
        written = json.dumps(line).encode()
        key = json.dumps(line.get("Keys") or line["Item"], sort_keys=True).encode()
        partitions[hashlib.sha256(key).digest()[0] % PARTITIONS].append(written)
    objects: dict[str, bytes] = {}
    listed = []
    for number, partition in enumerate(partitions):
        content = gzip.compress(b"".join(line + b"\n" for line in partition), mtime=0)
        name = f"{data}/{hashlib.sha256(f'{identifier}/{number}'.encode()).hexdigest()[:26]}.json.gz"
        objects[name] = content
        entry = {"itemCount": len(partition), "md5Checksum": md5(content), "etag": hashlib.md5(content).hexdigest() + "-1"}  # noqa: S324
        listed.append(entry | {"dataFileS3Key": name})
    items = sum(len(partition) for partition in partitions)
    billed = sum(len(line) for partition in partitions for line in partition)
    manifest = f"{folder}/manifest-files.json"
    window = (
        {"exportTime": iso(description["ExportTime"])}
        if full
        else {
            "exportFromTime": iso(description["IncrementalExportSpecification"]["ExportFromTime"]),
            "exportToTime": iso(description["IncrementalExportSpecification"]["ExportToTime"]),
        }
    )
    summary = {
        "version": "2020-06-30" if full else "2023-08-01",
        "exportArn": description["ExportArn"],
        "startTime": iso(description["StartTime"]),
        "endTime": iso(ended.timestamp()),
        "tableArn": description["TableArn"],
        "tableId": table_id,
        **window,
        "s3Bucket": description["S3Bucket"],
        "s3Prefix": description.get("S3Prefix"),
        "s3SseAlgorithm": description.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": description.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": manifest,
        "billedSizeBytes": billed,
        "itemCount": items,
        "outputFormat": "DYNAMODB_JSON",
        **({} if full else {"outputView": description["IncrementalExportSpecification"]["ExportViewType"]}),
        "exportType": description["ExportType"],
    }
    objects[manifest] = b"".join(json.dumps(entry).encode() + b"\n" for entry in listed)
    objects[f"{folder}/manifest-files.checksum"] = md5(objects[manifest]).encode()
    content = json.dumps(summary).encode()
    objects[f"{folder}/manifest-summary.checksum"] = md5(content).encode()
    objects[f"{folder}/manifest-summary.json"] = content
    return Files(objects, f"{folder}/manifest-summary.json", items, billed)


def md5(content: bytes) -> str:
    """A checksum as manifests have it."""
    return base64.b64encode(hashlib.md5(content).digest()).decode()  # noqa: S324 - the format's own


def iso(seconds: float) -> str:
    """A moment as manifests have it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
