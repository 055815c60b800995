"""All versions of a silver table's rows, in the table beside it.

It is published after the plain table and has a state of its own, so it knows which of the table's inputs it has: what a run that was
killed in between, or a person who accepted a refused branch, left out is read again from bronze before anything new is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot, is_empty
from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import (
    DELETED,
    INGESTED_AT,
    IS_CURRENT,
    PASSING,
    QUARANTINE_SUFFIX,
    RUN_ID,
    VALID_TO,
    WRITTEN_AT,
    Names,
    history_table,
)
from medallion.manifest.spark_sql import text
from medallion.publish.publication import Draft, Result, publish
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.counts import append_failures, merge_failures
from medallion.refine.decision.reading import Reading, reading_of
from medallion.refine.disposition import DISPOSITION
from medallion.refine.merge import has_range, history_merge_statement
from medallion.refine.retry import RETRIED, values_of
from medallion.refine.timeline import AT, CHANGE, GONE, changed_versions, contradictions, first_versions
from medallion.refine.typing import ROW, ROW_FORMAT, RULES, typed

_RAW = PASSING + "raw"
_QUARANTINED = PASSING + "quarantined"
_TOLD = {
    "overlapping": "keys have versions that hold at the same time",
    "unclear": "keys have a version that ended and is current, or neither",
    "missing": "keys of {table} have no current version",
    "surplus": "keys have a current version and are not in {table}",
}


@dataclass(frozen=True)
class History:
    """The history of one silver table in one run.

    Attributes:
        spark: The session.
        contract: The silver table.
        bronze: Its input.
        names: What things are called here.
        run_id: The run.
    """

    spark: SparkSession
    contract: SilverTable
    bronze: BronzeTable
    names: Names
    run_id: str

    @property
    def table(self) -> LakeTable:
        """The history."""
        return LakeTable(self.spark, self.names.database("silver"), history_table(self.contract.name))

    def begin(self, state: State) -> None:
        """Remembers, before the plain table's first rows are published, that the history is to have all of them.

        Args:
            state: What the plain table will remember.
        """
        if self.table.metadata().state is None:
            nothing = state.model_copy(update={"inputs": {}, "watermark": None})
            publish(self.table, self.run_id, lambda _metadata: Draft(result=partial(Result, nothing, {})))

    def catch_up(self, state: State) -> None:
        """Adds what the plain table has and the history lacks: all present rows where nothing was kept before.

        Args:
            state: The plain table's.
        """
        mine = self.table.metadata().state
        if mine is None:
            publish(self.table, self.run_id, lambda metadata: self._draft(metadata, state, self._present(), simple=True))
        elif mine.watermark != state.watermark:
            rows = self._missed(mine.watermark, state.watermark)
            self._add(state, rows, rows, repeated=True)

    def add(self, state: State, staged: DataFrame, *, repeated: bool) -> None:
        """Adds the rows of a batch that was published.

        Args:
            state: The plain table's after the batch.
            staged: The batch's rows with their dispositions.
            repeated: Whether a key may have several rows.
        """
        told = staged
        if not repeated:
            # Else it says nothing new about the only version of its key; one that was refused before may have come to the table alone.
            told = staged.where((F.col(DISPOSITION) != "unchanged") | F.col(RETRIED).isNotNull())
        self._add(state, staged, told, repeated=repeated)

    def _add(self, state: State, staged: DataFrame, told: DataFrame, *, repeated: bool) -> None:
        """Adds the rows that say something new; of a snapshot all rows say which keys are there."""

        def draft(metadata: Metadata) -> Draft:
            events = self._events(told)
            if not self._reading.complete:
                return self._draft(metadata, state, events, simple=not repeated and self._reading.additive)
            read = staged.where(F.col(RETRIED).isNull())
            times = [row[0] for row in read.select(F.col(INGESTED_AT).cast("string")).distinct().collect()]
            if is_empty(metadata.head()) and len(times) == 1:
                return self._draft(metadata, state, events, simple=not repeated)
            lacking = self._absences(read, events, times)
            return self._draft(metadata, state, events.unionByName(lacking, allowMissingColumns=True), simple=False)

        publish(self.table, self.run_id, draft)

    def _present(self) -> DataFrame:
        """The plain table's rows as events."""
        rows = self.spark.table(LakeTable(self.spark, self.table.database, self.contract.name).identifier)
        if self._reading.clock == "written":
            # When an item was written, silver does not know; it was before its window's end, which the run id closes with.
            end = F.regexp_extract(RUN_ID, r"([0-9TZ:-]+)$", 1).try_cast("timestamp")
            rows = rows.withColumn(WRITTEN_AT, F.coalesce(end, F.col(INGESTED_AT)))
        return rows.select(*self._stored, self._moment.alias(AT), F.lit(False).alias(GONE))

    def _missed(self, after: str | None, until: str | None) -> DataFrame:
        """Bronze rows of a span of time that were not refused, with rules and all that a staged row has of them."""
        rows = self.spark.table(LakeTable(self.spark, self.names.database("bronze"), self.bronze.name).identifier)
        if after is not None:
            rows = rows.where(F.col(INGESTED_AT) > F.lit(after).cast("timestamp"))
        rows = rows.where(F.col(INGESTED_AT) <= F.lit(until).cast("timestamp"))
        bronze = [F.col(f"`{name}`") for name in (*(column.name for column in self.bronze.columns), *self._reading.images)]
        rows = rows.select(*bronze, RUN_ID, INGESTED_AT, F.to_json(F.struct(*bronze), ROW_FORMAT).alias(_RAW))
        # What a reference would say now is not what it said then: quarantine knows.
        alone = self.contract.model_copy(update={"references": ()})
        made = typed(self.spark, rows, alone, self.bronze, self.names, kept=(_RAW,)).withColumn(_RAW, values_of(F.col(_RAW)))
        refused = self.spark.table(LakeTable(self.spark, self.table.database, self.contract.name + QUARANTINE_SUFFIX).identifier)
        theirs = refused.select(RUN_ID, INGESTED_AT, values_of(F.col(ROW)).alias(_RAW)).distinct().withColumn(_QUARANTINED, F.lit(True))
        joined = made.join(theirs, on=[RUN_ID, INGESTED_AT, _RAW], how="left")
        bad = (F.size(RULES) > 0) | F.col(_QUARANTINED).isNotNull()
        return joined.withColumn(DISPOSITION, F.when(bad, "quarantined")).withColumn(RETRIED, F.lit(None).cast("string"))

    def _events(self, rows: DataFrame) -> DataFrame:
        good = rows.where(F.coalesce(F.col(DISPOSITION), F.lit("")) != "quarantined")
        gone = F.coalesce(F.col(DELETED), F.lit(False)) if DELETED in rows.columns else F.lit(False)
        return good.select(*self._stored, self._moment.alias(AT), gone.alias(GONE))

    def _absences(self, read: DataFrame, events: DataFrame, times: Sequence[str]) -> DataFrame:
        """That a snapshot lacks a key which is current, or which another one of the batch has; a row that was refused is there."""
        known = self._current.select(*self._key).union(events.select(*self._key)).distinct()
        moments = F.array(*(F.lit(time).cast("timestamp") for time in times)) if times else F.array().cast("array<timestamp>")
        asked = known.withColumn(INGESTED_AT, F.explode(moments))
        lacking = asked.join(read.select(*self._key, INGESTED_AT), on=[*self.contract.key, INGESTED_AT], how="left_anti")
        return lacking.select(*self._key, INGESTED_AT, F.col(INGESTED_AT).alias(AT), F.lit(True).alias(GONE))

    def _draft(self, metadata: Metadata, state: State, events: DataFrame, *, simple: bool) -> Draft:
        """What the history has to publish; its state is the plain table's, which it has all of then.

        Args:
            metadata: The history as it is.
            state: The plain table's.
            events: What to add.
            simple: Whether each key has one event, and none is gone.
        """
        result = partial(Result, state, {})
        near = self._near(events)
        if near is None:
            return Draft(result=result)
        since, in_range = near
        held = f"(t.{IS_CURRENT} OR t.{VALID_TO} >= TIMESTAMP'{since}') AND {in_range}"
        empty = is_empty(metadata.head())
        if empty and simple:
            changed = first_versions(events, self.contract)
        else:
            changed = changed_versions(events, self._held(self.table.identifier, held), self.contract)
        changed = changed.persist(StorageLevel.DISK_ONLY)
        counts = {row[CHANGE]: int(row["count"]) for row in changed.groupBy(CHANGE).count().collect()}
        close = changed.unpersist
        if not counts:
            return Draft(result=result, close=close)

        def write(branch: str) -> None:
            if empty:
                changed.drop(CHANGE).writeTo(branch).append()
                return
            view = f"_history_{self.table.database}_{self.table.name}"
            changed.createOrReplaceTempView(view)
            try:
                self.spark.sql(history_merge_statement(self.contract, branch, view, held))
            finally:
                self.spark.catalog.dropTempView(view)

        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            done = {name: counts.get(name, 0) for name in ("inserted", "updated", "deleted")}
            written = append_failures(commits, done["inserted"]) if empty else merge_failures(commits, **done)
            return written + self._contradictions(branch, held, in_range, events)

        return Draft(result=result, write=write, audit=audit, close=close)

    def _near(self, events: DataFrame) -> tuple[str, str] | None:
        """The earliest moment of some events, and a condition on `t` that their keys meet; None where there is no event."""
        first = self.contract.column(self.contract.key[0])
        key = F.col(f"`{first.name}`")
        aggregates = [
            F.min(AT).cast("string").alias("since"),
            F.min(key).cast("string").alias("low"),
            F.max(key).cast("string").alias("high"),
        ]
        found = events.agg(*aggregates).collect()[0]
        if found["since"] is None:
            return None
        if not has_range(first):
            return str(found["since"]), "true"
        low, high = (f"CAST({text(str(found[name]))} AS {first.type})" for name in ("low", "high"))
        return str(found["since"]), f"t.`{first.name}` BETWEEN {low} AND {high}"

    def _contradictions(self, branch: str, held: str, in_range: str, events: DataFrame) -> tuple[str, ...]:
        """What is wrong with the versions of the events' keys, held against the plain table."""
        keys = events.select(*self._key).distinct()
        plain = LakeTable(self.spark, self.table.database, self.contract.name)
        versions = self._held(branch, held).join(keys, on=list(self.contract.key), how="left_semi")
        live = self._held(plain.identifier, in_range).select(*self._key).join(keys, on=list(self.contract.key), how="left_semi")
        found = contradictions(versions, live, self.contract.key).collect()[0]
        return tuple(f"{found[name]} {told.format(table=plain.full_name)}" for name, told in _TOLD.items() if found[name])

    def _held(self, identifier: str, held: str) -> DataFrame:
        return self.spark.table(identifier).alias("t").where(held)

    @property
    def _reading(self) -> Reading:
        return reading_of(self.bronze)

    @property
    def _current(self) -> DataFrame:
        return self.spark.table(self.table.identifier).where(IS_CURRENT)

    @property
    def _key(self) -> list[str]:
        return [f"`{name}`" for name in self.contract.key]

    @property
    def _stored(self) -> list[str]:
        return [f"`{column.name}`" for column in self.contract.columns] + [RUN_ID, INGESTED_AT]

    @property
    def _moment(self) -> Column:
        """From when a row holds: one clock for all versions of a table, also for their ends."""
        if self._reading.clock == "written":
            return F.col(WRITTEN_AT)
        if self._reading.clock == "sequence" and self.contract.sequence:
            return F.col(f"`{self.contract.sequence[0]}`").cast("timestamp")
        # A snapshot says what is, not since when.
        return F.col(INGESTED_AT)
