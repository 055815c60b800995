"""What a crawl found, before it is a table of the catalog."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from local.service import Json

type Columns = tuple[tuple[str, str], ...]
LONGEST_NAME = 255


class CrawlFailed(Exception):
    """A crawl that can't be finished; the text is what `LastCrawl.ErrorMessage` says."""


@dataclass(frozen=True)
class FoundTable:
    """One table that a crawl found.

    Attributes:
        name: As Glue calls it, without the crawler's prefix.
        location: Where it is: `s3://bucket/folder/`, or `database.schema.table`.
        columns: Name and type of each, as Glue writes them.
        partitions: Name and type of the partition keys.
        folders: The partitions: the keys' values, and the folder of each.
        parameters: What Glue notes of it.
        storage: Formats and serializer of files; empty for a table of a database.
    """

    name: str
    location: str
    columns: Columns
    partitions: Columns = ()
    folders: tuple[tuple[tuple[str, ...], str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    storage: Mapping[str, object] = field(default_factory=dict)

    def as_input(self, crawler: str, prefix: str) -> Json:
        """The table as CreateTable and UpdateTable take it."""
        noted = {
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "UPDATED_BY_CRAWLER": crawler,
            **self.parameters,
        }
        return {
            "Name": f"{prefix}{self.name}".lower()[:LONGEST_NAME],
            "Owner": "owner",
            "Retention": 0,
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": type} for name, type in self.columns],
                "Location": self.location,
                "Compressed": noted.get("compressionType", "none") != "none",
                "NumberOfBuckets": -1,
                "SerdeInfo": {"Parameters": {}},
                "BucketColumns": [],
                "SortColumns": [],
                "Parameters": noted,
                "StoredAsSubDirectories": False,
                **self.storage,
            },
            "PartitionKeys": [{"Name": name, "Type": type} for name, type in self.partitions],
            "TableType": "EXTERNAL_TABLE",
            "Parameters": noted,
        }


def partition_inputs(table: FoundTable, made: Json) -> Iterator[Json]:
    """The partitions as CreatePartition takes them, each stored as its table is."""
    for values, folder in table.folders:
        yield {
            "Values": list(values),
            "StorageDescriptor": {**made["StorageDescriptor"], "Location": folder},
            "Parameters": made["Parameters"],
        }


def table_name(text: str) -> str:
    """A name as Glue makes it: lower case, every other character than letters, digits and underscores an underscore."""
    return re.sub(r"[^a-z0-9_]", "_", text.lower())


def told_apart(tables: Iterable[FoundTable]) -> list[FoundTable]:
    """The same tables, each by a name of its own: of those that would share one, all but the first get a hash of their place behind it."""
    taken: set[str] = set()
    apart = []
    for table in tables:
        name = table.name
        if name in taken:
            name = f"{name}_{hashlib.md5(table.location.encode()).hexdigest()}"  # noqa: S324 - as Glue tells them apart
        taken.add(name)
        apart.append(replace(table, name=name))
    return apart
