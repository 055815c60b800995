"""The class of every column that the lake makes, those beside what contracts list included."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from medallion.manifest.engines.registry import way_of
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import CLASSIFICATIONS, BronzeTable, Classification, Column, Manifest, SilverTable
from medallion.manifest.names import QUARANTINE_SUFFIX, CatalogLayer, Names, history_table
from medallion.manifest.technical import OPS, QUARANTINE, STAMPS, VERSIONS

STRICTEST: Classification = CLASSIFICATIONS[-1]
ROW = "_row"

# The columns that tables have, by database and table.
type Catalog = Mapping[tuple[str, str], Collection[str]]


class ClassifiedTable(Frozen):
    """A table, and the classes of its columns.

    Attributes:
        layer: Its database.
        name: The table.
        classes: By column as the catalog spells it, in lower case; a column that is not here is unknown, and restricted.
    """

    layer: CatalogLayer
    name: str
    classes: dict[str, Classification]


def strictest(classes: Iterable[Classification]) -> Classification:
    """The strictest of some classes; restricted where there is none."""
    return max(classes, key=CLASSIFICATIONS.index, default=STRICTEST)


def classified_tables(manifest: Manifest, names: Names, catalog: Catalog | None = None) -> tuple[ClassifiedTable, ...]:
    """All tables that a manifest asks for, those of runs included.

    Args:
        manifest: The lake's.
        names: What things are called.
        catalog: What the tables have by now; None: what the contracts say. A column that a contract no longer names stays in its table and in
            what was made from it.
    """
    return tuple(_tables(manifest, names, catalog or {}))


def _tables(manifest: Manifest, names: Names, catalog: Catalog) -> Iterator[ClassifiedTable]:
    bronze = {table.name: table for table in manifest.tables("bronze") if isinstance(table, BronzeTable)}
    for table in manifest.tables():
        if isinstance(table, BronzeTable):
            yield _table("bronze", table.name, table.columns, STAMPS, _added(table, bronze, names, catalog))
        elif isinstance(table, SilverTable):
            yield _table("silver", table.name, table.columns, STAMPS)
            row = _row(table, bronze, names, catalog)
            refused = tuple(column.model_copy(update={"classification": row}) if column.name == ROW else column for column in QUARANTINE)
            yield _table("silver", table.name + QUARANTINE_SUFFIX, refused)
            if table.history:
                yield _table("silver", history_table(table.name), table.columns, VERSIONS, STAMPS)
        else:
            yield _table("gold", table.name, table.columns)
    for name, columns in OPS.items():
        yield _table("ops", name, columns)


def _table(layer: CatalogLayer, name: str, *columns: tuple[Column, ...]) -> ClassifiedTable:
    return ClassifiedTable(
        layer=layer, name=name, classes={column.name.lower(): column.classification for some in columns for column in some}
    )


def _added(table: BronzeTable, bronze: Mapping[str, BronzeTable], names: Names, catalog: Catalog) -> tuple[Column, ...]:
    """The technical columns of a bronze table's way to be read; what tells of a document's text is as strict as the document."""
    documents = bronze.get(table.extraction.documents) if table.extraction is not None else None
    of_text = _of_source(documents, names, catalog) if documents is not None else STRICTEST
    return tuple(
        column.model_copy(update={"classification": of_text}) if column.classification == STRICTEST else column
        for column in way_of(table.mode).adds
    )


def _row(table: SilverTable, bronze: Mapping[str, BronzeTable], names: Names, catalog: Catalog) -> Classification:
    source = bronze.get(table.input)
    if source is None:
        return STRICTEST
    added = _added(source, bronze, names, catalog)
    return strictest((_of_source(source, names, catalog), *(column.classification for column in (*added, *table.columns))))


def _of_source(table: BronzeTable, names: Names, catalog: Catalog) -> Classification:
    """The strictest class of a bronze table's columns; restricted where the table has one that its contract does not name."""
    known = {column.name.lower() for column in (*table.columns, *STAMPS, *way_of(table.mode).adds)}
    if not known.issuperset(name.lower() for name in catalog.get((names.database("bronze"), table.name), ())):
        return STRICTEST
    return strictest(column.classification for column in table.columns)


__all__ = ["STRICTEST", "Catalog", "ClassifiedTable", "classified_tables", "strictest"]
