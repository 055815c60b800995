"""Which rows of which tables a persona sees, where a contract says so."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from medallion.manifest.access.classes import Catalog, ClassifiedTable, classified_tables
from medallion.manifest.access.permissions import Filter
from medallion.manifest.model import Manifest, SilverTable
from medallion.manifest.names import QUARANTINE_SUFFIX, CatalogLayer, Names, history_table

# What the tag `<prefix>-rows-<persona>` says of a database or a table.
OPEN, FILTERED = "open", "filtered"

# Of a table's layer and name: the personas that do not see all of it, each with what it sees; None for nothing.
type Filtered = Mapping[tuple[CatalogLayer, str], Mapping[str, str | None]]


def filtered_personas(manifest: Manifest) -> tuple[str, ...]:
    """The personas that some contract shows some rows only, sorted."""
    return tuple(sorted({rows.persona for table in manifest.tables() for rows in table.rows_for}))


def filtered_tables(manifest: Manifest) -> Filtered:
    """The tables of which some persona does not see all rows.

    A history is filtered as its table is. A quarantine and the bronze table that a filtered one is made from hold the other rows too, in
    columns that the expression does not know, so that such a persona sees nothing of them.
    """
    limited: dict[tuple[CatalogLayer, str], dict[str, str | None]] = {}
    for table in manifest.tables():
        for rows in table.rows_for:
            limited.setdefault((table.layer, table.name), {})[rows.persona] = rows.expression
            if isinstance(table, SilverTable):
                if table.history:
                    limited.setdefault(("silver", history_table(table.name)), {})[rows.persona] = rows.expression
                limited.setdefault(("silver", table.name + QUARANTINE_SUFFIX), {})[rows.persona] = None
                limited.setdefault(("bronze", table.input), {})[rows.persona] = None
    return limited


def filters(manifest: Manifest, names: Names, catalog: Catalog | None = None) -> dict[str, tuple[Filter, ...]]:
    """The data cells filters that each persona is granted, by persona.

    A filter lists its columns, those of the persona's classes, so that a new one is not in it.
    """
    tables = {(table.layer, table.name): table for table in classified_tables(manifest, names, catalog)}
    listed: dict[str, list[Filter]] = {}
    for (layer, name), by_persona in filtered_tables(manifest).items():
        for persona, expression in by_persona.items():
            if expression is not None:
                listed.setdefault(persona, []).extend(_filter(manifest, persona, tables[layer, name], expression, names))
    return {persona: tuple(sorted(some, key=lambda each: (each.database, each.table))) for persona, some in sorted(listed.items())}


def _filter(manifest: Manifest, persona: str, table: ClassifiedTable, expression: str, names: Names) -> Iterator[Filter]:
    known = manifest.persona(persona)
    columns = tuple(name for name, class_ in table.classes.items() if class_ in known.classes)
    if table.layer in known.layers and columns:
        yield Filter(
            database=names.catalog_database(table.layer),
            table=table.name,
            name=f"{names.persona(persona)}-{_hash(expression, columns)}",
            columns=columns,
            rows=expression,
        )


def _hash(expression: str, columns: tuple[str, ...]) -> str:
    """Another content is another filter: one can't be changed by CloudFormation, and a changed one would be seen half applied."""
    return hashlib.sha256(json.dumps([expression, columns]).encode()).hexdigest()[:12]


__all__ = ["FILTERED", "OPEN", "Filtered", "filtered_personas", "filtered_tables", "filters"]
