"""Rows that broke a rule, kept beside their table: written over by input, so that a retry doubles nothing."""

from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot
from medallion.manifest.names import INGESTED_AT, RUN_ID
from medallion.publish.publication import Draft, Result, publish
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.counts import append_failures
from medallion.refine.typing import ROW, RULES


def quarantine(table: LakeTable, rows: DataFrame, count: int, watermark: str | None, until: int, state: State) -> None:
    """Publishes the refused rows of a batch in place of what an earlier attempt wrote of the same input.

    Args:
        table: The quarantine.
        rows: The refused rows.
        count: How many they are.
        watermark: `_ingested_at` of the last bronze rows used before; whatever is here of later ones is of an attempt that was killed.
        until: The newest bronze snapshot of the batch.
        state: What the table shall remember.
    """
    mine = "true" if watermark is None else f"{INGESTED_AT} > TIMESTAMP'{watermark}'"

    def draft(metadata: Metadata) -> Draft | None:
        there = metadata.head() is not None and not table.spark.table(table.identifier).where(mine).isEmpty()
        if not there and count == 0:
            return None
        refused = rows.select(
            F.lit(until).alias("_input_snapshot_id"), RUN_ID, RULES, ROW, F.lit(datetime.now(UTC)).alias("_quarantined_at"), INGESTED_AT
        )

        def write(branch: str) -> None:
            if there:
                table.spark.sql(f"DELETE FROM {branch} WHERE {mine}")
            refused.writeTo(branch).append()

        def audit(_branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            return append_failures([commit for commit in commits if commit.operation == "append"], count)

        return Draft(result=lambda: Result(state, {"quarantined": count}), write=write, audit=audit)

    publish(table, state.run_id, draft)
