"""What crawlers found at a source, and how far it is from the contracts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cli.context import Context
from medallion.manifest.frozen import Frozen

if TYPE_CHECKING:
    from medallion.manifest.drafting.difference import Drift
    from medallion.manifest.engines.postgres.observed import ObservedTable
    from medallion.manifest.engines.postgres.settings import PostgresSource
    from medallion.manifest.model import BronzeTable

# Glue's types of databases as Postgres's, the likeliest first: what a contract has is taken where it is among them.
_POSTGRES = {
    "smallint": ("smallint",),
    "int": ("integer",),
    "bigint": ("bigint", "oid"),
    "float": ("real",),
    "double": ("double precision",),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp with time zone", "timestamp without time zone"),
    "binary": ("bytea",),
    "string": ("text", "time without time zone", "bit(8)"),
}
# Where an export has the attributes of an item, in lower case as the catalog has them.
_IMAGES = ("item", "newimage")


class CrawledTable(Frozen):
    """A table that a crawler wrote down.

    Attributes:
        name: In the database of discovered tables.
        location: `database.schema.table`, or the folder of the files.
        kind: `table`, `view` or `file`.
        columns: Name and type of each, as Glue has them.
        at: When the crawler last changed it.
    """

    name: str
    location: str
    kind: str
    columns: tuple[tuple[str, str], ...]
    at: datetime


def crawled(context: Context, source: str) -> list[CrawledTable]:
    """What a source's crawler found, sorted; nothing where it has never run."""
    glue, names = context.client("glue"), context.names
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=names.discovered))
    except glue.exceptions.EntityNotFoundException:
        return []
    return sorted(
        (
            CrawledTable(
                name=table["Name"],
                location=table["StorageDescriptor"]["Location"],
                kind=table["Parameters"].get("typeOfData", ""),
                columns=tuple((column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]),
                at=table["UpdateTime"],
            )
            for page in pages
            for table in page["TableList"]
            if table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == names.crawler(source)
        ),
        key=lambda table: table.name,
    )


def object_of(table: CrawledTable, source: "PostgresSource") -> str | None:
    """What a contract calls a table of a database; None where the environment's prefix does not lead to it."""
    from cli.source.catalog import object_name

    _, schema, name = table.location.split(".", 2)
    return object_name(source.prefix, schema, name, visible=schema == "public")


def uncontracted(
    source: str, settings: "PostgresSource", tables: Sequence[CrawledTable], contracts: Sequence["BronzeTable"]
) -> Iterator["Drift"]:
    """The tables of a database that a crawler found and no contract reads; views are not told."""
    from medallion.manifest.drafting.difference import Drift

    known = {contract.object for contract in contracts}
    for table in tables:
        name = object_of(table, settings)
        if name is not None and name not in known and table.kind == "table":
            yield Drift(
                contract="",
                table=f"{source}: {name}",
                column=None,
                kind="uncontracted",
                stops=False,
                detail=f"a crawler found it, and no contract reads it; `lake contracts new {source} {name}` drafts them",
            )


def observed_by_crawler(
    settings: "PostgresSource", tables: Sequence[CrawledTable], contracts: Sequence["BronzeTable"]
) -> tuple["ObservedTable", ...]:
    """A database's tables as far as a crawler can tell: names and types; keys and nulls are taken to be as the contracts say."""
    from medallion.manifest.drafting.drafts import Unreadable
    from medallion.manifest.engines.postgres.observed import ObservedColumn, ObservedTable
    from medallion.manifest.engines.postgres.reading import type_reading

    by_object = {contract.object: contract for contract in contracts}
    found = []
    for table in tables:
        if (name := object_of(table, settings)) is None:
            continue
        contract = by_object.get(name)
        # Glue keeps names in lower case.
        known = {column.name.lower(): column for column in contract.columns} if contract else {}
        columns = []
        for column, type in table.columns:
            same = known.get(column)
            candidates = _postgres(type)
            fitting = candidates[0]
            for candidate in candidates:
                try:
                    if same is not None and type_reading(ObservedColumn(name=column, type=candidate)).spark == same.type:
                        fitting = candidate
                except Unreadable:
                    continue
            columns.append(
                ObservedColumn(
                    name=same.name if same else column,
                    type=fitting,
                    dimensions=int(type.startswith("array<")),
                    required=bool(same and same.required),
                )
            )
        _, schema, own = table.location.split(".", 2)
        kind = "view" if table.kind == "view" else "table"
        found.append(ObservedTable(schema_name=schema, name=own, object=name, kind=kind, columns=tuple(columns)))
    return tuple(found)


def _postgres(type: str) -> tuple[str, ...]:
    if type.startswith("array<"):
        return tuple(f"{one}[]" for one in _postgres(type.removeprefix("array<").removesuffix(">")))
    return (type.replace("decimal", "numeric"),) if type.startswith("decimal") else _POSTGRES.get(type, ("text",))


def exported_drift(tables: Sequence[CrawledTable], contracts: Sequence["BronzeTable"]) -> Iterator["Drift"]:
    """The differences between contracts of DynamoDB tables and what a crawler read in their exports: all items, but no number's length."""
    from medallion.manifest.engines.dynamodb.attribute import Attribute
    from medallion.manifest.engines.dynamodb.item_drift import attribute_drift
    from medallion.manifest.engines.dynamodb.item_type import attributes_of, parsed

    by_name = {table.location.rstrip("/").rpartition("/")[2]: table for table in tables}
    for contract in contracts:
        if contract.name not in by_name:
            continue
        table, seen = by_name[contract.name], dict[str, Attribute]()
        for column, type in table.columns:
            if column in _IMAGES:
                for name, attribute in attributes_of(parsed(type)).items():
                    seen[name] = seen[name].with_all(attribute) if name in seen else attribute
        yield from attribute_drift(contract, seen, f"in the exports that a crawler read ({table.at:%Y-%m-%d %H:%M})", digits_known=False)


__all__ = ["CrawledTable", "crawled", "exported_drift", "object_of", "observed_by_crawler", "uncontracted"]
