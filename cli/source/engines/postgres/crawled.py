"""What a crawler found at a database, and how far it is from the contracts."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cli.source.discovered import CrawledTable
from cli.source.engines.postgres.catalog import object_name

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


def object_of(table: CrawledTable, source: "PostgresSource") -> str | None:
    """What a contract calls a table of a database; None where the environment's prefix does not lead to it."""
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


__all__ = ["object_of", "observed_by_crawler", "uncontracted"]
