"""The columns and tables that the lake makes itself, beside what contracts say; with their classification, as contracts have it."""

from collections.abc import Mapping

from medallion.manifest.model import Column
from medallion.manifest.names import INGESTED_AT, IS_CURRENT, RUN_ID, VALID_FROM, VALID_TO, VALIDITY

STAMPS = (
    Column(name=RUN_ID, type="string", classification="internal", description="The input that the row came with."),
    Column(name=INGESTED_AT, type="timestamp", classification="internal", description="When the row reached bronze, UTC."),
)

# `_row` has the class of what is in it, which is the strictest of its source.
QUARANTINE = (
    Column(
        name="_input_snapshot_id",
        type="bigint",
        classification="internal",
        description="The newest bronze snapshot of the run that refused the row.",
    ),
    Column(name=RUN_ID, type="string", classification="internal", description="The input that the row came with."),
    Column(name="_rules", type="array<string>", classification="internal", description="The rules that the row broke."),
    Column(name="_row", type="string", description="The bronze row as JSON."),
    Column(name="_quarantined_at", type="timestamp", classification="internal", description="When it was refused, UTC."),
    Column(name=INGESTED_AT, type="timestamp", classification="internal", description="When the row reached bronze, UTC."),
)

VERSIONS = (
    Column(
        name=VALID_FROM,
        type=VALIDITY[VALID_FROM],
        required=True,
        classification="internal",
        description="From when the version holds, inclusive, UTC.",
    ),
    Column(
        name=VALID_TO,
        type=VALIDITY[VALID_TO],
        classification="internal",
        description="Until when it holds, exclusive, UTC; null while it does.",
    ),
    Column(name=IS_CURRENT, type=VALIDITY[IS_CURRENT], required=True, classification="internal", description="Whether it holds now."),
)

RUNS = "runs"
QUALITY_RESULTS = "quality_results"


def _of_ops(name: str, type_: str, description: str) -> Column:
    return Column(name=name, type=type_, classification="internal", description=description)


# The tables of `<prefix>_ops`. Names that are no reserved word of Spark or Athena, so that nobody has to quote them.
OPS: Mapping[str, tuple[Column, ...]] = {
    RUNS: (
        _of_ops("run_id", "string", "The DAG run."),
        _of_ops("product", "string", "Whose run it was."),
        _of_ops("step", "string", "ingest, refine or aggregate; accept or undo where a person decided."),
        _of_ops("table_name", "string", "The table with its database."),
        _of_ops("outcome", "string", "published, unchanged, failed or skipped."),
        _of_ops("row_counts", "map<string,bigint>", "How many rows went which way, such as read or merged."),
        _of_ops("seconds", "double", "How long it took."),
        # Spark and drivers quote values in their messages.
        Column(name="error", type="string", classification="restricted", description="Why it failed or was skipped, in one line."),
        _of_ops("release", "string", "The release whose code and contracts were used."),
        _of_ops("started_at", "timestamp", "UTC."),
        _of_ops("finished_at", "timestamp", "UTC."),
        _of_ops("inputs", "map<string,bigint>", "The snapshot used of each input table, where it was published."),
        # People name what they looked at.
        Column(
            name="reason", type="string", classification="restricted", description="Why a person accepted, undid or replayed something."
        ),
    ),
    QUALITY_RESULTS: (
        _of_ops("run_id", "string", "The DAG run."),
        _of_ops("step", "string", "refine or aggregate."),
        _of_ops("table_name", "string", "The table with its database."),
        _of_ops("rule", "string", "As in the contract or in quarantine, such as quantity.minimum."),
        _of_ops("severity", "string", "error or warning."),
        _of_ops("checked", "bigint", "Rows that were looked at."),
        _of_ops("failed", "bigint", "Rows that break the rule; 1 for a number of the table that is not as expected."),
        _of_ops("checked_at", "timestamp", "UTC."),
        # A minimum or a maximum is somebody's value.
        Column(
            name="measured",
            type="double",
            classification="restricted",
            description="The number that was taken of the table, where the rule is about that.",
        ),
        _of_ops("expected", "string", "What it must be, such as > 0."),
    ),
}

# The columns of runs that may quote values.
QUOTING = tuple(column.name for column in OPS[RUNS] if column.classification == "restricted")

__all__ = ["OPS", "QUALITY_RESULTS", "QUARANTINE", "QUOTING", "RUNS", "STAMPS", "VERSIONS"]
