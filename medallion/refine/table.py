"""One silver table: what is new in bronze, typed, checked, compared, merged."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial, reduce

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession

from medallion.catalog.evolution import partition_pair
from medallion.catalog.increment import increment
from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import Names
from medallion.publish.publication import Draft
from medallion.publish.table import LakeTable, Metadata
from medallion.refine.batch import BatchReader
from medallion.refine.counting import absent, counts, told
from medallion.refine.decision.change import Counted, TooManyDeleted, believe, changed
from medallion.refine.decision.plan import Batch, Plan, Start, planned
from medallion.refine.decision.reading import reading_of
from medallion.refine.disposition import disposed
from medallion.refine.history import History
from medallion.refine.merge import ranged_columns
from medallion.refine.quarantine import Quarantine
from medallion.refine.retry import RETRIED, Retry
from medallion.refine.typing import severities, typed
from medallion.refine.writer import Writer


@dataclass(frozen=True)
class Refinement:
    """One silver table in one run.

    Attributes:
        spark: The session.
        contract: The table.
        bronze: Its input.
        names: What things are called here.
        run_id: The run.
        release: The release that the job is of.
        everything: Whether all refused rows are tried again, whatever they were refused for.
    """

    spark: SparkSession
    contract: SilverTable
    bronze: BronzeTable
    names: Names
    run_id: str
    release: str
    everything: bool = False

    @property
    def table(self) -> LakeTable:
        """The silver table."""
        return LakeTable(self.spark, self.names.database("silver"), self.contract.name)

    @property
    def input(self) -> LakeTable:
        """The bronze table."""
        return LakeTable(self.spark, self.names.database("bronze"), self.bronze.name)

    @property
    def quarantine(self) -> Quarantine:
        """The table's quarantine."""
        return Quarantine(self.spark, self.contract, self.bronze, self.names)

    @property
    def history(self) -> History:
        """The history; there only if the contract asks for it."""
        return History(self.spark, self.contract, self.bronze, self.names, self.run_id)

    def draft(self, metadata: Metadata) -> Draft | None:
        """What the run has to publish; None if bronze has nothing new."""
        before = metadata.state
        if before is not None and self.contract.history:
            self.history.catch_up(before)
        new = increment(self.input.metadata().history(), before.inputs.get(self.input.full_name) if before is not None else None)
        retry = self.quarantine.due(before, everything=self.everything)
        if new is None and retry is None:
            return None
        start = Start(reading_of(self.bronze), before, metadata.head(), new, retry is not None)
        reader = BatchReader(self.spark, self.contract, self.bronze, self.table, self.input)
        parts = [reader.rows(new, start.watermark)] if new is not None else []
        parts += [retry.rows] if retry is not None else []
        rows = reduce(DataFrame.unionByName, parts)
        batch = reader.look(rows)
        if start.emptied and (live := self._live()):
            raise TooManyDeleted(self.contract, self.table.full_name, self.input.full_name, live, live)
        plan = planned(
            start, batch, input=self.input.full_name, run_id=self.run_id, release=self.release, contract_version=self.contract.version
        )
        if plan is None:
            return None
        if before is None and self.contract.history:
            self.history.begin(plan.state)
        staged, repeated = self._staged(reader, batch, plan, rows)
        try:
            draft = self._draft(start, batch, plan, staged, retry)
        except BaseException:
            staged.unpersist()
            raise
        if not self.contract.history:
            return draft

        def after() -> None:
            self.history.add(plan.state, staged, repeated=repeated)
            # Last: as long as it is not done, the rows that were tried again are tried once more, and the history gets them then.
            draft.after()

        return replace(draft, after=after)

    def _staged(self, reader: BatchReader, batch: Batch, plan: Plan, rows: DataFrame) -> tuple[DataFrame, bool]:
        """The rows of a batch with their dispositions, and whether a key may have several of them."""
        now = reader.held(batch, plan.compared) if plan.compared is not None else None
        checked = typed(self.spark, rows, self.contract, self.bronze, self.names, kept=(RETRIED,))
        repeated = reader.repeated(rows)
        staged = disposed(checked, now, self.contract, plan.complete_at, repeated=repeated)
        return staged.persist(StorageLevel.DISK_ONLY) if plan.keeps(repeated=repeated) else staged, repeated

    def _draft(self, start: Start, batch: Batch, plan: Plan, staged: DataFrame, retry: Retry | None) -> Draft:
        ranged = ranged_columns(self.contract, [partition_pair(transform) for transform in self.contract.partition])
        counted = counts(staged, self.contract, self.bronze, ranged)
        gone = self._gone(batch, plan, counted, staged, ranged)
        deleted = gone.count() if gone is not None and plan.deletions == "absent" else counted.deleted
        change = changed(self.table.full_name, plan, batch, counted, deleted, severities(self.contract, self.bronze))
        if deleted:
            believe(deleted, self._live(), self.contract, self.table.full_name, self.input.full_name)
        if change.refused is not None:
            self.quarantine.refuse(start.before, plan.state, staged, change.refused, retry)
        draft = Writer(self.spark, self.contract, self.table, ranged).draft(change, plan.state, staged, counted.merged.ranges, gone)
        after: Callable[[], None] = draft.after
        if change.settled is not None:
            after = partial(self.quarantine.settle, plan.state, staged, change.settled)
        return replace(draft, after=after, close=staged.unpersist)

    def _gone(self, batch: Batch, plan: Plan, counted: Counted, staged: DataFrame, ranged: tuple[str, ...]) -> DataFrame | None:
        """The key and the ranged columns of the table's rows that are gone; None where nothing says which."""
        columns = tuple(dict.fromkeys((*self.contract.key, *ranged)))
        if plan.deletions == "absent":
            return absent(self.spark.table(self.table.identifier), staged, batch.newest, self.contract.key, columns)
        return told(staged, self.contract.key, columns) if counted.deleted else None

    def _live(self) -> int:
        return self.spark.table(self.table.identifier).count()
