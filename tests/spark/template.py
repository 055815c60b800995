"""A lake with nothing in it yet, made once by applying contracts, and copied for each test: a copy is files and catalog entries alone."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

import boto3

from medallion.manifest.names import DATABASES, Names
from tests.spark.lake import Lake

_KEPT = ("Name", "Description", "TableType", "StorageDescriptor", "Parameters")


@dataclass(frozen=True)
class Table:
    """A table that has no rows.

    Attributes:
        database: Its layer.
        entry: What the catalog says of it.
        metadata: Its Iceberg metadata, which names no file but itself.
    """

    database: Any
    entry: dict[str, Any]
    metadata: str


@dataclass(frozen=True)
class Template:
    """All tables of a lake.

    Attributes:
        names: What the lake that was copied is called.
        tables: In any order.
    """

    names: Names
    tables: tuple[Table, ...]

    @classmethod
    def of(cls, lake: Lake) -> Self:
        """Reads a lake whose contracts have been applied."""
        glue: Any = boto3.client("glue")
        s3 = boto3.client("s3")
        found = []
        for layer in DATABASES:
            listed: list[dict[str, Any]] = glue.get_tables(DatabaseName=lake.names.database(layer))["TableList"]
            for entry in listed:
                bucket, _, key = entry["Parameters"]["metadata_location"].removeprefix("s3://").partition("/")
                metadata = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
                assert '"snapshots":[]' in metadata.replace(" ", "").replace("\n", ""), f"{entry['Name']} has rows"
                found.append(Table(layer, {name: entry[name] for name in _KEPT if name in entry}, metadata))
        return cls(lake.names, tuple(found))

    def copy(self, names: Names) -> None:
        """Makes the same tables in databases and buckets that are there and empty."""
        glue, s3 = boto3.client("glue"), boto3.client("s3")
        for table in self.tables:
            here, there = self.names.bucket(table.database), names.bucket(table.database)
            entry = _replaced(table.entry, here, there)
            bucket, _, key = entry["Parameters"]["metadata_location"].removeprefix("s3://").partition("/")
            metadata = table.metadata.replace(here, there)
            own = metadata.partition('"table-uuid"')[2].split('"', 2)[1]
            s3.put_object(Bucket=bucket, Key=key, Body=metadata.replace(own, str(uuid.uuid4())).encode())
            glue.create_table(DatabaseName=names.database(table.database), TableInput=entry)


def _replaced(value: Any, here: str, there: str) -> Any:
    match value:
        case str():
            return value.replace(here, there)
        case dict():
            return {name: _replaced(one, here, there) for name, one in value.items()}
        case list():
            return [_replaced(one, here, there) for one in value]
    return value
