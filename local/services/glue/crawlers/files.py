"""A crawl of files in S3: JSON lines, plain or compressed, one table a folder."""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.service import Json
from local.services.glue.crawlers.found import Columns, CrawlFailed, FoundTable, table_name
from local.services.glue.crawlers.json_types import Seen, merged, seen

COMBINE = "CombineCompatibleSchemas"
_JSON = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}


@dataclass(frozen=True)
class File:
    """One object.

    Attributes:
        bucket: Its bucket.
        key: Its key.
        size: In bytes, as it lies there.
    """

    bucket: str
    key: str
    size: int

    @property
    def place(self) -> str:
        """For people."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Grouping:
    """Which files are one table.

    Attributes:
        level: The level of the folder that is one, the bucket being the first; None means each target's own.
    """

    level: int | None

    @classmethod
    def of(cls, configuration: str) -> "Grouping":
        """From a crawler's configuration.

        Raises:
            CrawlFailed: It leaves to a classifier what is one table, and the laptop has none of Glue's.
        """
        wanted = (json.loads(configuration) if configuration else {}).get("Grouping", {})
        if wanted.get("TableGroupingPolicy") != COMBINE:
            raise CrawlFailed(
                f'Configuration: the laptop crawls S3 only with {{"Grouping": {{"TableGroupingPolicy": "{COMBINE}"}}}}: it can not tell as Glue '
                "does which files are alike"
            )
        level = wanted.get("TableLevelConfiguration")
        return cls(int(level) if level is not None else None)


def crawl_files(s3: Any, target: Json, grouping: Grouping, going_on: Callable[[], None]) -> list[FoundTable]:
    """The tables of one S3 target.

    Args:
        s3: A client with the crawler's rights.
        target: As a crawler has it: `Path`, `Exclusions`.
        grouping: Which files are one table.
        going_on: Called before each file; raises where the crawl is to end.

    Raises:
        CrawlFailed: A file is none that the laptop can tell the columns of.
    """
    bucket, _, prefix = str(target["Path"]).removeprefix("s3://").partition("/")
    prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""
    excluded = [glob(pattern) for pattern in target.get("Exclusions", ())]
    folders: dict[str, list[File]] = {}
    for file in _listed(s3, bucket, prefix):
        if any(pattern.fullmatch(file.key.removeprefix(prefix)) for pattern in excluded):
            continue
        depth = grouping.level - 1 if grouping.level is not None else prefix.count("/")
        parts = file.key.split("/")[:-1][:depth]
        folders.setdefault("".join(f"{part}/" for part in parts), []).append(file)
    return [_table(s3, bucket, folder, files, target, going_on) for folder, files in folders.items()]


def glob(pattern: str) -> re.Pattern[str]:
    """An exclusion as Glue reads it: `*` within a folder, `**` across folders, `?`, `[…]`, `{a,b}`; relative to the target's path."""
    made, inside = "", 0
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if pattern.startswith("**", position):
            made, position = made + ".*", position + 1
        elif character == "*":
            made += "[^/]*"
        elif character == "?":
            made += "[^/]"
        elif character == "[" and "]" in pattern[position:]:
            end = pattern.index("]", position)
            content = pattern[position + 1 : end]
            made, position = made + f"[{'^' + content[1:] if content.startswith('!') else content}]", end
        elif character == "\\" and position + 1 < len(pattern):
            position += 1
            made += re.escape(pattern[position])
        elif character == "{":
            made, inside = made + "(?:", inside + 1
        elif character == "}" and inside:
            made, inside = made + ")", inside - 1
        elif character == "," and inside:
            made += "|"
        else:
            made += re.escape(character)
        position += 1
    return re.compile(made, re.DOTALL)


def _listed(s3: Any, bucket: str, prefix: str) -> Iterator[File]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            if not found["Key"].endswith("/") and found["Size"]:
                yield File(bucket, found["Key"], found["Size"])


def _table(s3: Any, bucket: str, folder: str, files: Sequence[File], target: Json, going_on: Callable[[], None]) -> FoundTable:
    types, records, size, compressions = list[Seen](), 0, 0, set[str]()
    for file in files:
        going_on()
        content = s3.get_object(Bucket=bucket, Key=file.key)["Body"].read()
        text, compression = _uncompressed(content, file)
        values = list(_values(text, file))
        compressions.add(compression)
        types.append(merged(map(seen, values)))
        records, size = records + len(values), size + len(content)
    fields: Mapping[str, Seen] = merged(types).fields or {}
    columns = tuple((name.lower(), type.written()) for name, type in fields.items())
    noted = {
        "classification": "json",
        "compressionType": "gzip" if compressions == {"gzip"} else "none",
        "typeOfData": "file",
        "objectCount": str(len(files)),
        "recordCount": str(records),
        "averageRecordSize": str(size // records if records else 0),
        "sizeKey": str(size),
        **({"exclusions": json.dumps(list(target["Exclusions"]))} if target.get("Exclusions") else {}),
    }
    keys, folders = _partitions(bucket, folder, files)
    serializer = {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe", "Parameters": {"paths": ",".join(fields)}}
    return FoundTable(
        name=table_name(folder.rstrip("/").rpartition("/")[2] or bucket),
        location=f"s3://{bucket}/{folder}",
        columns=columns,
        partitions=keys,
        folders=folders,
        parameters=noted,
        storage={**_JSON, "SerdeInfo": serializer},
    )


def _partitions(bucket: str, folder: str, files: Sequence[File]) -> tuple[Columns, tuple[tuple[tuple[str, ...], str], ...]]:
    """The keys that the folders below a table's stand for, and the folders; none where they are not of one depth."""
    below = sorted({tuple(file.key.removeprefix(folder).split("/")[:-1]) for file in files})
    if len({len(parts) for parts in below}) != 1 or not below[0]:
        return (), ()
    keys = tuple(
        (table_name(part.partition("=")[0]) if "=" in part else f"partition_{level}", "string") for level, part in enumerate(below[0])
    )
    return keys, tuple((tuple(part.rpartition("=")[2] for part in parts), f"s3://{bucket}/{folder}{'/'.join(parts)}/") for parts in below)


def _uncompressed(content: bytes, file: File) -> tuple[str, str]:
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content).decode(), "gzip"
        return content.decode(), "none"
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise CrawlFailed(f"{file.place}: {error}; exclude it, or mend it") from error


def _values(text: str, file: File) -> Iterator[Json]:
    """The objects of a file: one after the other, or a list of them."""
    decoder, position = json.JSONDecoder(), 0
    while (start := _beginning(text, position)) < len(text):
        try:
            value, position = decoder.raw_decode(text, start)
        except ValueError as error:
            raise CrawlFailed(f"{file.place} is no JSON, and the laptop tells the columns of JSON only: {error}; exclude it") from error
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict):
                raise CrawlFailed(f"{file.place} holds {type(one).__name__} where a JSON object should be; exclude it")
            yield one


def _beginning(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position
