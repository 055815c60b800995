"""Writing what a batch changes to a branch of its silver table, and what the branch must be then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot
from medallion.manifest.model import SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID
from medallion.publish.publication import Audit, Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable
from medallion.quality.audit import failures, unique_checks
from medallion.quality.check import Check
from medallion.quality.counts import append_failures, merge_failures
from medallion.quality.measure import measure_checks
from medallion.refine.counting import spans
from medallion.refine.decision.change import Append, Change, Merge
from medallion.refine.disposition import DISPOSITION
from medallion.refine.merge import DELETE, merge_statement, spanned

type Ranges = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Writer:
    """Writes one silver table.

    Attributes:
        spark: The session.
        contract: The table.
        table: Its place in the lake.
        ranged: The columns whose range tells its files apart.
    """

    spark: SparkSession
    contract: SilverTable
    table: LakeTable
    ranged: Sequence[str]

    def draft(self, change: Change, state: State, staged: DataFrame, merged: Ranges, gone: DataFrame | None) -> Draft:
        """What a batch has to publish.

        Args:
            change: What it does to the table.
            state: What the table will remember.
            staged: Its rows with their dispositions.
            merged: Per ranged column, the least and the greatest value that a merged row has or had, as text.
            gone: The key and the ranged columns of the table's rows that are gone; None where nothing says which.
        """
        checks = list(change.checks)
        result = partial(Result, state, change.rows)
        if change.write is None:
            return Draft(result=result, checks=lambda: tuple(checks))
        winners = staged.where(F.col(DISPOSITION) == "merged").select(*self._columns)
        write: Callable[[str], None]
        if isinstance(change.write, Append):
            write, audit = partial(_append, winners), self._appended(change.write, checks)
        else:
            write, audit = self._merge(change.write, winners, merged, gone), self._merged(change.write, winners, checks)
        return Draft(result=result, write=write, audit=audit, checks=lambda: tuple(checks))

    def _merge(self, change: Merge, winners: DataFrame, merged: Ranges, gone: DataFrame | None) -> Callable[[str], None]:
        source, touched = winners.withColumn(DELETE, F.lit(False)), [merged]
        if gone is not None and change.deleted:
            source = source.unionByName(gone.withColumn(DELETE, F.lit(True)), allowMissingColumns=True)
            touched.append(spans(gone, self.ranged))
        ranges = spanned(self.contract, touched)

        def write(branch: str) -> None:
            view = f"_merge_{self.table.database}_{self.table.name}"
            source.createOrReplaceTempView(view)
            try:
                self.spark.sql(merge_statement(self.contract, branch, view, ranges))
            finally:
                self.spark.catalog.dropTempView(view)

        return write

    @property
    def _columns(self) -> list[str]:
        return [f"`{column.name}`" for column in self.contract.columns] + [RUN_ID, INGESTED_AT]

    @property
    def _unique(self) -> list[tuple[str, ...]]:
        return [(column.name,) for column in self.contract.columns if column.unique and (column.name,) != self.contract.key]

    def _appended(self, change: Append, checks: list[Check]) -> Audit:
        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            return append_failures(commits, change.rows) + self._of_table(branch, None, checks)

        return audit

    def _merged(self, change: Merge, winners: DataFrame, checks: list[Check]) -> Audit:
        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            counted = merge_failures(commits, inserted=change.inserted, updated=change.updated, deleted=change.deleted)
            return counted + self._of_table(branch, winners, checks)

        return audit

    def _of_table(self, branch: str, written: DataFrame | None, checks: list[Check]) -> tuple[str, ...]:
        """What is wrong with the table as a whole; what was looked at is added to the checks of its rows."""
        found = unique_checks(self.spark, branch, self._unique, among=written)
        found += measure_checks(self.spark, branch, self.contract.name, self.contract.measures)
        checks.extend(found)
        return failures(found)


def _append(rows: DataFrame, branch: str) -> None:
    # Each task keeps a file of each partition open instead of sorting its rows.
    rows.writeTo(branch).option("fanout-enabled", "true").append()
