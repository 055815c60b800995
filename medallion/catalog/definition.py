"""The tables that a manifest asks for, as values."""

from dataclasses import dataclass

from medallion.manifest.engines.registry import way_of
from medallion.manifest.model import BronzeTable, Column, GoldTable, Manifest, SilverTable
from medallion.manifest.names import IS_CURRENT, QUARANTINE_SUFFIX, VALID_FROM, Layer, Names, history_table
from medallion.manifest.technical import QUARANTINE, STAMPS, VERSIONS

KEY_PROPERTY = "medallion.key"

ALL_TABLES = {
    # Athena reads no v3.
    "format-version": "2",
    "write.wap.enabled": "true",
    # Every commit writes a metadata file; without this a table that is written daily keeps them all.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
    "write.target-file-size-bytes": "134217728",
}
# A run touches few rows of many files: rewriting them costs a full rebuild, marking them a fifth of it at most.
_MERGED = {"write.delete.mode": "merge-on-read", "write.update.mode": "merge-on-read", "write.merge.mode": "merge-on-read"}
# Appended as it is read: a shuffle before the write would cost as much as the read.
_APPENDED = {"write.distribution-mode": "none"}

# Parted by what is current, nearly all rows of a batch go to one partition: by a shuffle they would all go to one task.
_VERSIONS = {"write.distribution-mode": "none", "write.merge.distribution-mode": "none", "write.spark.fanout.enabled": "true"}

# Iceberg has no smaller integers.
_STORED = {"tinyint": "int", "smallint": "int"}


@dataclass(frozen=True)
class ColumnDefinition:
    """A column as it stands in the catalog.

    Attributes:
        name: Its name.
        type: A Spark SQL type that Iceberg stores as it is.
        required: Whether null is refused by the table itself.
        comment: For people.
    """

    name: str
    type: str
    required: bool = False
    comment: str = ""


@dataclass(frozen=True)
class TableDefinition:
    """A table as it should stand in the catalog.

    Attributes:
        database: The Glue database.
        name: The table.
        location: Where its files are.
        columns: In the table's order, technical ones included.
        partition: Transforms in Spark SQL.
        properties: Iceberg table properties.
        comment: For people.
        contract: The file that asks for it.
    """

    database: str
    name: str
    location: str
    columns: tuple[ColumnDefinition, ...]
    partition: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]
    comment: str
    contract: str


def column_definition(column: Column) -> ColumnDefinition:
    """A column of the lake's own as it stands in the catalog."""
    return ColumnDefinition(column.name, column.type, column.required, column.description)


_STAMPS = tuple(column_definition(column) for column in STAMPS)
_QUARANTINE = tuple(column_definition(column) for column in QUARANTINE)
_VALIDITY = tuple(column_definition(column) for column in VERSIONS)


def definitions(manifest: Manifest, names: Names) -> tuple[TableDefinition, ...]:
    """All tables of a manifest, those beside silver tables included."""
    found: list[TableDefinition] = []
    for table in manifest.tables():
        found.append(_of(table, names))
        if isinstance(table, SilverTable):
            found.append(_quarantine(table, names))
            if table.history:
                found.append(_history(table, names))
    return tuple(found)


def _of(table: BronzeTable | SilverTable | GoldTable, names: Names) -> TableDefinition:
    columns = tuple(
        ColumnDefinition(
            column.name,
            _STORED.get(column.type, column.type),
            # Bronze takes what comes; what is wrong with it is silver's to find.
            required=not isinstance(table, BronzeTable) and (column.required or column.name in table.key),
            comment=column.description,
        )
        for column in table.columns
    )
    properties = dict(ALL_TABLES)
    technical: tuple[ColumnDefinition, ...] = _STAMPS
    if isinstance(table, BronzeTable):
        properties |= _APPENDED
        technical += tuple(column_definition(column) for column in way_of(table.mode).adds)
    else:
        properties[KEY_PROPERTY] = ",".join(table.key)
    if isinstance(table, SilverTable):
        properties |= _MERGED
    return TableDefinition(
        database=names.database(table.layer),
        name=table.name,
        location=_location(names, table.layer, table.name),
        columns=columns if isinstance(table, GoldTable) else columns + technical,
        partition=() if isinstance(table, BronzeTable) else table.partition,
        properties=tuple(sorted(properties.items())),
        comment=table.description,
        contract=table.contract,
    )


def _quarantine(table: SilverTable, names: Names) -> TableDefinition:
    name = table.name + QUARANTINE_SUFFIX
    return TableDefinition(
        database=names.database("silver"),
        name=name,
        location=_location(names, "silver", name),
        columns=_QUARANTINE,
        partition=(),
        properties=tuple(sorted((ALL_TABLES | _MERGED).items())),
        comment=f"Rows that broke a rule of {table.name}.",
        contract=table.contract,
    )


def _history(table: SilverTable, names: Names) -> TableDefinition:
    plain = _of(table, names)
    name = history_table(table.name)
    return TableDefinition(
        database=plain.database,
        name=name,
        location=_location(names, "silver", name),
        columns=plain.columns[: -len(_STAMPS)] + _VALIDITY + _STAMPS,
        # A batch looks at current rows, and at closed ones only as far back as its oldest row: versions that ended before cost it nothing.
        partition=(IS_CURRENT,),
        properties=tuple(sorted((ALL_TABLES | _MERGED | _VERSIONS | {KEY_PROPERTY: ",".join((*table.key, VALID_FROM))}).items())),
        comment=f"Every version of the rows of {table.name}.",
        contract=table.contract,
    )


def _location(names: Names, layer: Layer, table: str) -> str:
    return f"s3://{names.bucket(layer)}/tables/{table}"
