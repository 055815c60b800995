"""The two tables of `<prefix>_ops`."""

from medallion.catalog.definition import ALL_TABLES, ColumnDefinition, TableDefinition, column_definition
from medallion.manifest.names import Names
from medallion.manifest.technical import OPS, QUALITY_RESULTS, RUNS

COLUMNS: dict[str, tuple[ColumnDefinition, ...]] = {
    name: tuple(column_definition(column) for column in columns) for name, columns in OPS.items()
}

_COMMENTS = {
    RUNS: "What became of every table in every step of a run; a step that found nothing new for any table leaves nothing.",
    QUALITY_RESULTS: "What each rule found in each run.",
}


def ops_definitions(names: Names) -> tuple[TableDefinition, ...]:
    """The tables as they should stand in the catalog."""
    return tuple(
        TableDefinition(
            database=names.database("ops"),
            name=name,
            location=f"s3://{names.bucket('ops')}/tables/{name}",
            columns=columns,
            partition=(),
            properties=tuple(sorted(ALL_TABLES.items())),
            comment=_COMMENTS[name],
            contract="the package's own medallion/manifest/technical.py",
        )
        for name, columns in COLUMNS.items()
    )


__all__ = ["COLUMNS", "QUALITY_RESULTS", "RUNS", "ops_definitions"]
