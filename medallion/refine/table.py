"""One silver table: what is new in bronze, typed, checked, compared, merged."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.evolution import partition_pair
from medallion.catalog.snapshot import Snapshot
from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import INGESTED_AT, QUARANTINE_SUFFIX, RUN_ID, Names
from medallion.publish.publication import Audit, Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.audit import failures, unique_checks
from medallion.quality.check import Check
from medallion.quality.counts import append_failures, merge_failures
from medallion.quality.measure import measure_checks
from medallion.refine.disposition import DISPOSITION, GONE, NOW, accounted, disposed
from medallion.refine.history import History
from medallion.refine.increment import Increment, increment
from medallion.refine.merge import DELETE, merge_statement, ranged_columns, spanned
from medallion.refine.quarantine import quarantine
from medallion.refine.retry import RETRIED, Retry, is_due, not_overtaken, refused_before, settle
from medallion.refine.typing import RULES, WARNED, images_of, plain_input, severities, typed


class TooManyDeleted(Terminal):
    """So many of the table's keys are gone from the source that something is wrong with it."""

    def __init__(self, contract: SilverTable, table: str, bronze: str, deleted: int, rows: int) -> None:
        way_out = "an empty source is never believed" if deleted == rows else f"raise maximumDeletedShare in {contract.contract}"
        super().__init__(
            f"{table}: what is new in {bronze} would delete {deleted} of {rows} keys, more than {contract.maximum_deleted_share:.0%}; "
            f"nothing was published. Look at the source; if the rows are really gone: {way_out}"
        )


@dataclass(frozen=True)
class Merged:
    """What a MERGE needs to know of its rows.

    Attributes:
        inserted: How many of them have a key that the table lacks.
        warned: How many break a rule that only warns.
        ranges: Per column of the key and the partition, the least and the greatest value that a row has or had, as text.
    """

    inserted: int = 0
    warned: int = 0
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Counted:
    """What is counted of a batch.

    Attributes:
        dispositions: Rows of each; not of those that an export says are deleted.
        deleted: Rows of the table that an export says are deleted.
        merged: What the MERGE needs to know.
        failed: Rows that break each rule.
        refused_again: Rows that came out of quarantine and go back there.
    """

    dispositions: Mapping[str, int]
    deleted: int
    merged: Merged
    failed: Mapping[str, int]
    refused_again: int


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
    def refused(self) -> LakeTable:
        """The quarantine."""
        return LakeTable(self.spark, self.names.database("silver"), self.contract.name + QUARANTINE_SUFFIX)

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
        retry = self._retry(before)
        parts = [self._rows(new, before.watermark if before is not None else None)] if new is not None else []
        parts += [retry.rows] if retry is not None else []
        if not parts:
            return None
        rows = reduce(DataFrame.unionByName, parts)
        batch = self._batch(rows)
        snapshot = self.bronze.mode == "snapshot"
        held = metadata.head()
        filled = held is not None and held.records > 0
        if snapshot and new is not None and new.ends_empty and filled and (there := self._live()):
            raise TooManyDeleted(self.contract, self.table.full_name, self.input.full_name, there, there)
        if batch["read"] == 0:
            return None
        state = State(
            run_id=self.run_id,
            release=self.release,
            contract_version=self.contract.version,
            inputs={self.input.full_name: new.until} if new is not None else before.inputs if before is not None else {},
            watermark=batch["newest"] or (before.watermark if before is not None else None),
        )
        if before is None and self.contract.history:
            self.history.begin(state)
        now = self._now(batch, held.id) if filled and held is not None else None
        checked = typed(self.spark, rows, self.contract, self.bronze, self.names, kept=(RETRIED,))
        repeated = self._repeated(rows)
        staged = disposed(checked, now, self.contract, state.watermark if snapshot else None, repeated=repeated)
        if repeated or now is not None or retry is not None:
            staged = staged.persist(StorageLevel.DISK_ONLY)
        # Else no row moves and nothing is compared: making the rows twice, to count and to write them, is cheaper than keeping them.
        try:
            made = self._draft(metadata, state, batch, staged, retry, deletes=snapshot and filled and batch["newest"] is not None)
        except BaseException:
            staged.unpersist()
            raise
        if not self.contract.history:
            return made

        def after() -> None:
            self.history.add(state, staged, repeated=repeated)
            # Last: as long as it is not done, the rows that were tried again are tried once more, and the history gets them then.
            made.after()

        return replace(made, after=after)

    def _retry(self, before: State | None) -> Retry | None:
        """The refused rows to try again: those that failed only on a reference, where what they refer to has changed since."""
        if before is None or before.watermark is None or not (self.everything or self.contract.references):
            return None
        refused = self.refused.metadata()
        head, targets = refused.head(), self._targets()
        tried = refused.state.inputs if refused.state is not None else {}
        if head is None or head.records == 0 or not (self.everything or is_due(targets, tried)):
            return None
        rows = refused_before(self.refused, self.bronze, before.watermark, everything=self.everything)
        if self.bronze.mode == "export":
            rows = not_overtaken(rows, self.spark.table(self.input.identifier), self.bronze.key)
        return None if rows.isEmpty() else Retry(rows, targets)

    def _targets(self) -> dict[str, int]:
        """The newest snapshots of the tables that this one refers to."""
        database = self.names.database("silver")
        tables = [LakeTable(self.spark, database, name) for name in sorted({reference.table for reference in self.contract.references})]
        heads = {table.full_name: table.metadata().head() for table in tables}
        return {name: head.id for name, head in heads.items() if head is not None}

    def _rows(self, new: Increment, watermark: str | None) -> DataFrame:
        """The rows of a range."""
        columns = [f"`{column.name}`" for column in self.bronze.columns] + [*images_of(self.bronze)]
        return self._range(new, watermark).select(*columns, RUN_ID, INGESTED_AT, F.lit(None).cast("string").alias(RETRIED))

    def _range(self, new: Increment, watermark: str | None) -> DataFrame:
        """All columns of a range's rows; by time where the range's beginning was expired."""
        reader = self.spark.read.format("iceberg")
        if new.after is not None:
            return reader.option("start-snapshot-id", new.after).option("end-snapshot-id", new.until).load(self.input.identifier)
        rows = reader.option("versionAsOf", new.until).load(self.input.identifier)
        return rows.where(F.col(INGESTED_AT) > F.lit(watermark).cast("timestamp")) if new.lost and watermark is not None else rows

    def _batch(self, rows: DataFrame) -> Row:
        """What there is to know of a batch before it is read: cheap, from a few columns."""
        aggregates = [
            F.count(F.lit(1)).alias("read"),
            # Of what is new: what is tried again came before.
            F.max(F.when(F.col(RETRIED).isNull(), F.col(INGESTED_AT))).cast("string").alias("newest"),
            F.count(RETRIED).alias("retried"),
        ]
        if leading := self._leading():
            aggregates += [F.min(f"`{leading}`").alias("low"), F.max(f"`{leading}`").alias("high")]
        return rows.agg(*aggregates).collect()[0]

    def _leading(self) -> str | None:
        """The bronze column of the key's first column, where that can be looked up by range."""
        first = self.contract.column(self.contract.key[0])
        return plain_input(first, self.bronze) if first.type in ("int", "bigint", "date", "string") else None

    def _repeated(self, rows: DataFrame) -> bool:
        """Whether a key may be in several rows of a batch: looked up where the key's columns are taken as they are."""
        plain = [plain_input(self.contract.column(name), self.bronze) for name in self.contract.key]
        keys = [f"`{name}`" for name in plain if name is not None]
        if len(keys) < len(plain):
            return True
        counted = rows.select(*keys).dropna().groupBy(*dict.fromkeys(keys)).agg(F.count(F.lit(1)).alias("_rows"))
        return not counted.where(F.col("_rows") > 1).isEmpty()

    def _now(self, batch: Row, snapshot: int) -> DataFrame:
        """The table's rows that may have a key of the batch; files that hold none of them are not read."""
        # Pinned: Spark drops what it keeps of a table that is written, and what is made again of it must be what it was.
        pinned = self.spark.read.format("iceberg").option("versionAsOf", snapshot).load(self.table.identifier)
        # A snapshot is read with the columns of its time.
        there = set(pinned.columns)
        columns = (
            (F.col(f"`{column.name}`") if column.name in there else F.lit(None)).cast(column.type).alias(column.name)
            for column in self.contract.columns
        )
        now = pinned.select(*columns, INGESTED_AT)
        if self._leading() is None or batch["low"] is None:
            return now
        key = F.col(f"`{self.contract.key[0]}`")
        return now.where((key >= F.lit(batch["low"])) & (key <= F.lit(batch["high"])))

    def _live(self) -> int:
        return self.spark.table(self.table.identifier).count()

    def _draft(self, metadata: Metadata, state: State, batch: Row, staged: DataFrame, retry: Retry | None, *, deletes: bool) -> Draft:
        ranged = ranged_columns(self.contract, [partition_pair(transform) for transform in self.contract.partition])
        counted = self._counts(staged, ranged)
        merged, again = counted.merged, counted.refused_again
        rows = accounted(self.table.full_name, batch["read"] - counted.deleted, counted.dispositions)
        checks = [
            Check(rule=name, severity=severity, checked=rows["read"], failed=counted.failed[name])
            for name, severity in severities(self.contract, self.bronze).items()
        ]
        deleted_rows = self._deleted(staged, batch["newest"], ranged) if deletes else None
        deleted = deleted_rows.count() if deleted_rows is not None else 0
        if self.bronze.mode == "export":
            deletes, deleted = True, counted.deleted
            # What an export says of a deleted item is its key; where the row lies is known from the table.
            deleted_rows = staged.where(F.col(DISPOSITION) == GONE).select(
                *(
                    F.col(f"`{name}`") if name in self.contract.key else F.col(f"{NOW}.`{name}`").alias(name)
                    for name in self._located(ranged)
                )
            )
        if deleted and deleted > self.contract.maximum_deleted_share * (there := self._live()):
            raise TooManyDeleted(self.contract, self.table.full_name, self.input.full_name, deleted, there)
        if deletes:
            rows["deleted"] = deleted
        if merged.warned:
            rows["warned"] = merged.warned
        if retry is not None:
            rows["retried"] = batch["retried"]
        if batch["newest"] is not None:
            self._quarantine(metadata.state, state, staged, rows["quarantined"] - again, retry)
        result = partial(Result, state, rows)
        close = partial(_release, staged)
        after = partial(self._settle, state, staged, batch["retried"] - again) if retry is not None else lambda: None
        if rows["merged"] == 0 and deleted == 0:
            return Draft(result=result, checks=lambda: tuple(checks), after=after, close=close)
        winners = staged.where(F.col(DISPOSITION) == "merged").select(*self._columns)
        held = metadata.head()
        if held is None or held.records == 0:
            return Draft(
                result=result,
                write=partial(_append, winners),
                audit=self._appended(rows["merged"], checks),
                checks=lambda: tuple(checks),
                after=after,
                close=close,
            )
        ranges = spanned(
            self.contract, [merged.ranges, *([self._spans(deleted_rows, ranged)] if deleted_rows is not None and deleted else [])]
        )
        source = winners.withColumn(DELETE, F.lit(False))
        if deleted_rows is not None and deleted:
            source = source.unionByName(deleted_rows.withColumn(DELETE, F.lit(True)), allowMissingColumns=True)
        audit = self._merged(winners, merged.inserted, rows["merged"] - merged.inserted, deleted, checks)
        return Draft(
            result=result, write=partial(self._merge, source, ranges), audit=audit, checks=lambda: tuple(checks), after=after, close=close
        )

    def _quarantine(self, before: State | None, state: State, staged: DataFrame, count: int, retry: Retry | None) -> None:
        """Refuses what is new; before silver, as a run that is killed in between does both again, and its state says so."""
        if retry is None:
            tried: Mapping[str, int] = self._targets()
        else:
            # Until what was tried again is settled, it is still due.
            refused = self.refused.metadata().state
            tried = {name: id for name, id in (refused.inputs if refused is not None else {}).items() if name in retry.targets}
        rows = staged.where((F.col(DISPOSITION) == "quarantined") & F.col(RETRIED).isNull())
        remembered = state.model_copy(update={"inputs": {**state.inputs, **tried}})
        quarantine(
            self.refused, rows, count, before.watermark if before is not None else None, state.inputs[self.input.full_name], remembered
        )

    def _settle(self, state: State, staged: DataFrame, count: int) -> None:
        settled = staged.where((F.col(DISPOSITION) != "quarantined") & F.col(RETRIED).isNotNull()).select(RUN_ID, INGESTED_AT, RETRIED)
        settle(self.refused, settled, count, state.model_copy(update={"inputs": {**state.inputs, **self._targets()}}))

    @property
    def _columns(self) -> list[str]:
        return [f"`{column.name}`" for column in self.contract.columns] + [RUN_ID, INGESTED_AT]

    def _counts(self, staged: DataFrame, ranged: tuple[str, ...]) -> Counted:
        """All that is counted of a batch, in one pass."""
        rules = list(severities(self.contract, self.bronze))
        aggregates = [
            F.count(F.lit(1)).alias("rows"),
            F.count_if(F.col(NOW).isNull()).alias("inserted"),
            F.count(RETRIED).alias("retried"),
            F.count_if(F.size(WARNED) > 0).alias("warned"),
        ]
        for number, name in enumerate(rules):
            broken = F.array_contains(RULES, name) | F.array_contains(WARNED, name)
            aggregates.append(F.count_if(broken).alias(f"rule_{number}"))
        for name in ranged:
            new, old = F.col(f"`{name}`"), F.col(f"{NOW}.`{name}`")
            aggregates += [F.least(F.min(new), F.min(old)).cast("string").alias(f"low_{name}")]
            aggregates += [F.greatest(F.max(new), F.max(old)).cast("string").alias(f"high_{name}")]
        found = {row[DISPOSITION]: row for row in staged.groupBy(DISPOSITION).agg(*aggregates).collect()}
        dispositions = {name: int(row["rows"]) for name, row in found.items()}
        deleted = dispositions.pop(GONE, 0)
        failed = {name: sum(int(row[f"rule_{number}"]) for row in found.values()) for number, name in enumerate(rules)}
        refused_again = int(found["quarantined"]["retried"]) if "quarantined" in found else 0
        if "merged" not in found:
            return Counted(dispositions, deleted, Merged(), failed, refused_again)
        merged = found["merged"]
        ranges = {name: (merged[f"low_{name}"], merged[f"high_{name}"]) for name in ranged}
        return Counted(dispositions, deleted, Merged(int(merged["inserted"]), int(merged["warned"]), ranges), failed, refused_again)

    def _deleted(self, staged: DataFrame, newest: str, ranged: tuple[str, ...]) -> DataFrame:
        """The table's keys that the newest snapshot lacks, and where they lie; a key whose row broke a rule is not lacking."""
        keys = [f"`{name}`" for name in self.contract.key]
        present = staged.where(F.col(INGESTED_AT) == F.lit(newest).cast("timestamp")).select(*keys)
        rows = self.spark.table(self.table.identifier).select(*(f"`{name}`" for name in self._located(ranged)))
        return rows.join(present, on=list(self.contract.key), how="left_anti")

    def _located(self, ranged: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.contract.key, *ranged)))

    def _spans(self, rows: DataFrame, ranged: tuple[str, ...]) -> dict[str, tuple[str, str]]:
        """The least and the greatest values of some rows, as text."""
        if not ranged:
            return {}
        bounds = [
            bound(f"`{name}`").cast("string").alias(f"{side}_{name}")
            for name in ranged
            for side, bound in (("low", F.min), ("high", F.max))
        ]
        found = rows.agg(*bounds).collect()[0]
        return {name: (found[f"low_{name}"], found[f"high_{name}"]) for name in ranged}

    def _merge(self, source: DataFrame, ranges: Mapping[str, tuple[str, str]], branch: str) -> None:
        view = f"_merge_{self.table.database}_{self.table.name}"
        source.createOrReplaceTempView(view)
        try:
            self.spark.sql(merge_statement(self.contract, branch, view, ranges))
        finally:
            self.spark.catalog.dropTempView(view)

    @property
    def _unique(self) -> list[tuple[str, ...]]:
        return [(column.name,) for column in self.contract.columns if column.unique and (column.name,) != self.contract.key]

    def _appended(self, rows: int, checks: list[Check]) -> Audit:
        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            return append_failures(commits, rows) + self._of_table(branch, None, checks)

        return audit

    def _merged(self, winners: DataFrame, inserted: int, updated: int, deleted: int, checks: list[Check]) -> Audit:
        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            counted = merge_failures(commits, inserted=inserted, updated=updated, deleted=deleted)
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


def _release(frame: DataFrame) -> None:
    frame.unpersist()
