"""The LF-tags that databases, tables and columns should carry, by what contracts say of them.

Databases carry `restricted`, and a column that a contract opens carries its own class; nothing else is tagged, so that what nobody knows is
as restricted as its database.
"""

from medallion.manifest.access.classes import STRICTEST, Catalog, classified_tables
from medallion.manifest.access.permissions import Tag
from medallion.manifest.access.row_filters import FILTERED, OPEN, filtered_personas, filtered_tables
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import CLASSIFICATIONS, Manifest
from medallion.manifest.names import CATALOG_LAYERS, Names


class TableTags(Frozen):
    """What a table should carry.

    Attributes:
        database: The table's Glue database.
        table: The table.
        tags: Of the table itself.
        columns: Of its columns, by name; one that is not here carries none.
    """

    database: str
    table: str
    tags: tuple[Tag, ...]
    columns: dict[str, tuple[Tag, ...]]


def tag_values(manifest: Manifest, names: Names) -> dict[str, tuple[str, ...]]:
    """The tags of a lake, and the values that each may have."""
    rows = {names.rows_tag(persona): (OPEN, FILTERED) for persona in filtered_personas(manifest)}
    return {names.layer_tag: CATALOG_LAYERS, names.class_tag: CLASSIFICATIONS, **rows}


def database_tags(manifest: Manifest, names: Names) -> dict[str, tuple[Tag, ...]]:
    """What each database carries from the day that it is made: all that is in it is closed."""
    rows = tuple(Tag(key=names.rows_tag(persona), value=FILTERED) for persona in filtered_personas(manifest))
    return {
        names.catalog_database(layer): (Tag(key=names.layer_tag, value=layer), Tag(key=names.class_tag, value=STRICTEST), *rows)
        for layer in CATALOG_LAYERS
    }


def table_tags(manifest: Manifest, names: Names, catalog: Catalog | None = None) -> tuple[TableTags, ...]:
    """What each table and its columns should carry.

    Args:
        manifest: The lake's.
        names: What things are called.
        catalog: What the tables have by now; None: what the contracts say. Columns that are not there get no tag.
    """
    personas, closed = filtered_personas(manifest), filtered_tables(manifest)
    tables = []
    for table in classified_tables(manifest, names, catalog):
        database = names.catalog_database(table.layer)
        there = None if catalog is None else {name.lower() for name in catalog.get((database, table.name), ())}
        limited = closed.get((table.layer, table.name), {})
        tables.append(
            TableTags(
                database=database,
                table=table.name,
                tags=tuple(Tag(key=names.rows_tag(persona), value=OPEN) for persona in personas if persona not in limited),
                columns={
                    name: (Tag(key=names.class_tag, value=class_),)
                    for name, class_ in table.classes.items()
                    if class_ != STRICTEST and (there is None or name in there)
                },
            )
        )
    return tuple(tables)


__all__ = ["TableTags", "database_tags", "table_tags", "tag_values"]
