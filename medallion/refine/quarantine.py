"""Rows that broke a rule, kept beside their table: written over by input, so that a retry doubles nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot, is_empty
from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import INGESTED_AT, QUARANTINE_SUFFIX, RUN_ID, Names
from medallion.publish.publication import Draft, Result, publish
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.counts import append_failures
from medallion.refine.decision.plan import is_due
from medallion.refine.decision.reading import reading_of
from medallion.refine.disposition import DISPOSITION
from medallion.refine.retry import RETRIED, Retry, not_overtaken, refused_before, settle
from medallion.refine.typing import ROW, RULES


@dataclass(frozen=True)
class Quarantine:
    """The quarantine of one silver table in one run.

    Attributes:
        spark: The session.
        contract: The silver table.
        bronze: Its input.
        names: What things are called here.
    """

    spark: SparkSession
    contract: SilverTable
    bronze: BronzeTable
    names: Names

    @property
    def table(self) -> LakeTable:
        """The quarantine."""
        return LakeTable(self.spark, self.names.database("silver"), self.contract.name + QUARANTINE_SUFFIX)

    @property
    def input(self) -> LakeTable:
        """The bronze table."""
        return LakeTable(self.spark, self.names.database("bronze"), self.bronze.name)

    def due(self, before: State | None, *, everything: bool) -> Retry | None:
        """The refused rows to try again: those that failed only on a reference, where what they refer to has changed since.

        Args:
            before: The silver table's state.
            everything: Whether all refused rows are tried again, whatever they were refused for.
        """
        if before is None or before.watermark is None or not (everything or self.contract.references):
            return None
        refused = self.table.metadata()
        head, targets = refused.head(), self._targets()
        tried = refused.state.inputs if refused.state is not None else {}
        if is_empty(head) or not (everything or is_due(targets, tried)):
            return None
        rows = refused_before(self.table, self.bronze, before.watermark, everything=everything)
        if reading_of(self.bronze).images:
            rows = not_overtaken(rows, self.spark.table(self.input.identifier), self.bronze.key)
        return None if rows.isEmpty() else Retry(rows, targets)

    def _targets(self) -> dict[str, int]:
        """The newest snapshots of the tables that the silver table refers to."""
        database = self.names.database("silver")
        tables = [LakeTable(self.spark, database, name) for name in sorted({reference.table for reference in self.contract.references})]
        heads = {table.full_name: table.metadata().head() for table in tables}
        return {name: head.id for name, head in heads.items() if head is not None}

    def refuse(self, before: State | None, state: State, staged: DataFrame, count: int, retry: Retry | None) -> None:
        """Publishes the refused rows of a batch that are new, in place of what an earlier attempt wrote of the same input.

        Before silver, as a run that is killed in between does both again, and its state says so.

        Args:
            before: The silver table's state; whatever is here of later input is of an attempt that was killed.
            state: What it will remember.
            staged: The batch's rows with their dispositions.
            count: How many of them are refused and new.
            retry: What is tried again in the same batch.
        """
        if retry is None:
            tried: Mapping[str, int] = self._targets()
        else:
            # Until what was tried again is settled, it is still due.
            remembered = self.table.metadata().state
            tried = {name: id for name, id in (remembered.inputs if remembered is not None else {}).items() if name in retry.targets}
        rows = staged.where((F.col(DISPOSITION) == "quarantined") & F.col(RETRIED).isNull())
        watermark, until = before.watermark if before is not None else None, state.inputs[self.input.full_name]
        quarantine(self.table, rows, count, watermark, until, state.model_copy(update={"inputs": {**state.inputs, **tried}}))

    def settle(self, state: State, staged: DataFrame, count: int) -> None:
        """Takes the rows out that were tried again and refused no more; once silver is published.

        Args:
            state: The silver table's.
            staged: The batch's rows with their dispositions.
            count: How many they are.
        """
        settled = staged.where((F.col(DISPOSITION) != "quarantined") & F.col(RETRIED).isNotNull()).select(RUN_ID, INGESTED_AT, RETRIED)
        settle(self.table, settled, count, state.model_copy(update={"inputs": {**state.inputs, **self._targets()}}))


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
