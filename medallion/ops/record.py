"""The record of a job run: one append a table at its end, for all tables that the run did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from medallion.arguments import Run
from medallion.ops.tables import COLUMNS, QUALITY_RESULTS, RUNS
from medallion.outcomes import Outcome
from medallion.publish.table import LakeTable

type Record = dict[str, Any]


def record(spark: SparkSession, run: Run, outcomes: Sequence[Outcome]) -> None:
    """Appends what became of the tables to `runs` and what their rules found to `quality_results`.

    Plain appends, beside the publishing of tables: several jobs write here at once, nothing is ever changed, and Iceberg tries an append
    again that another one overtook.

    Args:
        spark: The session.
        run: The run.
        outcomes: Of all tables of this job run; where all are unchanged, nothing is written.

    Raises:
        NoSuchTable: The tables are not there.
    """
    for name, rows in records(run, outcomes).items():
        if not rows:
            continue
        table = LakeTable(spark, run.names.database("ops"), name)
        table.metadata()
        schema = ", ".join(f"{column.name} {column.type}" for column in COLUMNS[name])
        values = [tuple(row[column.name] for column in COLUMNS[name]) for row in rows]
        spark.createDataFrame(values, schema).coalesce(1).writeTo(table.identifier).append()


def records(run: Run, outcomes: Sequence[Outcome]) -> dict[str, list[Record]]:
    """The rows of each table; none where nothing happened to any lake table."""
    if all(outcome.outcome == "unchanged" for outcome in outcomes):
        return {RUNS: [], QUALITY_RESULTS: []}
    return {
        RUNS: [_run(run, outcome) for outcome in outcomes],
        QUALITY_RESULTS: [result for outcome in outcomes for result in _results(run, outcome)],
    }


def _run(run: Run, outcome: Outcome) -> Record:
    return {
        "run_id": run.run_id,
        "product": run.product.name,
        "step": outcome.step,
        "table_name": outcome.table,
        "outcome": outcome.outcome,
        "row_counts": dict(outcome.rows),
        "seconds": outcome.seconds,
        "error": outcome.error,
        "release": run.release,
        "started_at": _instant(outcome.started_at),
        "finished_at": _instant(outcome.finished_at),
        "inputs": dict(outcome.inputs),
        "reason": run.reason or None,
    }


def _results(run: Run, outcome: Outcome) -> list[Record]:
    return [
        {
            "run_id": run.run_id,
            "step": outcome.step,
            "table_name": outcome.table,
            "rule": check.rule,
            "severity": check.severity,
            "checked": check.checked,
            "failed": check.failed,
            "checked_at": _instant(outcome.finished_at),
            "measured": check.measured,
            "expected": check.expected,
        }
        for check in outcome.checks
    ]


def _instant(moment: datetime) -> datetime:
    # Spark takes a time without a zone for one in the zone of the machine.
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment
