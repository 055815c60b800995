"""The two tables of `<prefix>_ops`."""

from medallion.catalog.definition import ALL_TABLES, ColumnDefinition, TableDefinition
from medallion.manifest.names import Names

RUNS = "runs"
QUALITY_RESULTS = "quality_results"

# Names that are no reserved word of Spark or Athena, so that nobody has to quote them.
COLUMNS: dict[str, tuple[ColumnDefinition, ...]] = {
    RUNS: (
        ColumnDefinition("run_id", "string", comment="The DAG run."),
        ColumnDefinition("product", "string", comment="Whose run it was."),
        ColumnDefinition("step", "string", comment="ingest, refine or aggregate; accept or undo where a person decided."),
        ColumnDefinition("table_name", "string", comment="The table with its database."),
        ColumnDefinition("outcome", "string", comment="published, unchanged, failed or skipped."),
        ColumnDefinition("row_counts", "map<string,bigint>", comment="How many rows went which way, such as read or merged."),
        ColumnDefinition("seconds", "double", comment="How long it took."),
        ColumnDefinition("error", "string", comment="Why it failed or was skipped, in one line."),
        ColumnDefinition("release", "string", comment="The release whose code and contracts were used."),
        ColumnDefinition("started_at", "timestamp", comment="UTC."),
        ColumnDefinition("finished_at", "timestamp", comment="UTC."),
        ColumnDefinition("inputs", "map<string,bigint>", comment="The snapshot used of each input table, where it was published."),
        ColumnDefinition("reason", "string", comment="Why a person accepted, undid or replayed something."),
    ),
    QUALITY_RESULTS: (
        ColumnDefinition("run_id", "string", comment="The DAG run."),
        ColumnDefinition("step", "string", comment="refine or aggregate."),
        ColumnDefinition("table_name", "string", comment="The table with its database."),
        ColumnDefinition("rule", "string", comment="As in the contract or in quarantine, such as quantity.minimum."),
        ColumnDefinition("severity", "string", comment="error or warning."),
        ColumnDefinition("checked", "bigint", comment="Rows that were looked at."),
        ColumnDefinition("failed", "bigint", comment="Rows that break the rule; 1 for a number of the table that is not as expected."),
        ColumnDefinition("checked_at", "timestamp", comment="UTC."),
        ColumnDefinition("measured", "double", comment="The number that was taken of the table, where the rule is about that."),
        ColumnDefinition("expected", "string", comment="What it must be, such as > 0."),
    ),
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
            contract="the package's own medallion/ops/tables.py",
        )
        for name, columns in COLUMNS.items()
    )
