"""What SHOW and DESCRIBE tell of a table, as lines of text, from its entry in Glue and from Iceberg's metadata."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.services.athena.errors import QueryFailed, Unsupported
from local.services.athena.sql import views

type Columns = Sequence[tuple[str, str, str]]
"""Name, Hive type and comment of each column."""

# Iceberg's names of what Athena lets a table set.
_SETTABLE = {"write.format.default": "format", "write.parquet.compression-codec": "write_compression"}
_TRANSFORM = re.compile(r"(bucket|truncate)\[(\d+)\]")


def described(columns: Columns) -> list[str]:
    """DESCRIBE: a line per column, its three parts padded and joined by tabs."""
    return ["\t".join(part.ljust(20) for part in column) for column in columns]


def formatted(columns: Columns, table: Mapping[str, Any]) -> list[str]:
    """DESCRIBE FORMATTED and EXTENDED: the columns, then where the table is and its parameters."""
    parameters = sorted(table.get("Parameters", {}).items())
    return [
        *described([("# col_name", "data_type", "comment")]),
        *described(columns),
        "",
        "# Detailed Table Information",
        *(
            f"{label + ':':<25} {value}"
            for label, value in (
                ("Database", table.get("DatabaseName", "")),
                ("Location", table.get("StorageDescriptor", {}).get("Location", "")),
                ("Table Type", table.get("TableType", "EXTERNAL_TABLE")),
            )
        ),
        "Table Parameters:",
        *(f"\t{name:<25} {value}" for name, value in parameters),
    ]


def properties(table: Mapping[str, Any], name: str | None) -> list[str]:
    """SHOW TBLPROPERTIES: name and value of each of the table's parameters, or the value of one."""
    found: Mapping[str, str] = table.get("Parameters", {})
    if name is None:
        return [f"{key}\t{value}" for key, value in sorted(found.items())]
    return [found[name]] if name in found else [f"Table {table['DatabaseName']}.{table['Name']} does not have property: {name}"]


def partitions(table: Mapping[str, Any]) -> list[str]:
    """SHOW PARTITIONS, which knows the catalog's own partitions and none of Iceberg's.

    Raises:
        QueryFailed: The table has none there, as every Iceberg table.
    """
    name = table["Name"]
    raise QueryFailed("FAILED", f'SemanticException Table {name} is not a partitioned table; an Iceberg table has "{name}$partitions"')


def create_view(table: Mapping[str, Any]) -> list[str]:
    """SHOW CREATE VIEW.

    Raises:
        QueryFailed: It is no view.
    """
    view = views.definition(table)
    return [f"CREATE VIEW {table['DatabaseName']}.{table['Name']} AS", *str(view["originalSql"]).splitlines()]


def create_table(columns: Columns, table: Mapping[str, Any], metadata: Mapping[str, Any]) -> list[str]:
    """SHOW CREATE TABLE of an Iceberg table.

    Args:
        columns: Its columns.
        table: Its entry in Glue.
        metadata: Its current metadata file.

    Raises:
        Unsupported: It is partitioned in a way that Athena's CREATE TABLE has no words for.
    """
    lines = [f"CREATE TABLE {table['DatabaseName']}.{table['Name']} ("]
    written = [
        f"  {name} {kind}" + (f" COMMENT '{comment.replace(chr(39), chr(39) * 2)}'" if comment else "") for name, kind, comment in columns
    ]
    lines += [f"{line}," for line in written[:-1]] + [f"{written[-1]})"]
    if parts := list(_partitioning(metadata)):
        lines.append(f"PARTITIONED BY ({', '.join(f'`{part}`' if part.isidentifier() else part for part in parts)})")
    lines.append(f"LOCATION '{metadata['location']}'")
    given = {"table_type": "iceberg"}
    given |= {_SETTABLE[name]: value for name, value in metadata.get("properties", {}).items() if name in _SETTABLE}
    lines.append("TBLPROPERTIES (")
    lines += [f"  '{name}'='{value}'" + ("," if index < len(given) else "") for index, (name, value) in enumerate(given.items(), 1)]
    return [*lines, ")"]


def _partitioning(metadata: Mapping[str, Any]) -> Iterator[str]:
    schema = next(schema for schema in metadata["schemas"] if schema["schema-id"] == metadata["current-schema-id"])
    names = {field["id"]: field["name"] for field in schema["fields"]}
    spec = next(spec for spec in metadata["partition-specs"] if spec["spec-id"] == metadata["default-spec-id"])
    for field in spec["fields"]:
        source, transform = names.get(field["source-id"]), field["transform"]
        if source is None:
            raise Unsupported("SHOW CREATE TABLE of a table partitioned by a nested column")
        if transform == "identity":
            yield source
        elif match := _TRANSFORM.fullmatch(transform):
            yield f"{match[1]}({match[2]}, {source})"
        elif transform in {"year", "month", "day", "hour"}:
            yield f"{transform}({source})"
        elif transform != "void":
            raise Unsupported(f"SHOW CREATE TABLE of a table partitioned by {transform}")
