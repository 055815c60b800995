"""One silver table: what is new in bronze, typed, checked, compared, merged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.evolution import partition_pair
from medallion.catalog.statement import text
from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import INGESTED_AT, QUARANTINE_SUFFIX, RUN_ID, Names
from medallion.publish.publication import Audit, Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata, Snapshot
from medallion.quality.audit import repeated_failures
from medallion.quality.counts import append_failures, merge_failures
from medallion.refine.disposition import DISPOSITION, NOW, accounted, disposed
from medallion.refine.increment import Increment, increment
from medallion.refine.merge import DELETE, merge_statement, partition_columns
from medallion.refine.quarantine import quarantine
from medallion.refine.typing import WARNED, plain_input, typed

# A snapshot that lacks more than this share of the keys is taken for a broken read, not for deletions.
MAXIMUM_DELETED_SHARE = 0.5


class TooManyDeleted(Terminal):
    """A snapshot lacks so many of the table's keys that something is wrong with it."""

    def __init__(self, table: str, bronze: str, deleted: int, rows: int) -> None:
        super().__init__(
            f"{table}: the newest snapshot in {bronze} lacks {deleted} of {rows} keys, more than {MAXIMUM_DELETED_SHARE:.0%}; "
            "nothing was published. Look at the source; if the rows are really gone, delete them from the table"
        )


@dataclass(frozen=True)
class Merged:
    """What a MERGE needs to know of its rows.

    Attributes:
        inserted: How many of them have a key that the table lacks.
        warned: How many break a rule that only warns.
        ranges: Per partition column, literals of the least and the greatest value that a row has or had.
    """

    inserted: int = 0
    warned: int = 0
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)


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
    """

    spark: SparkSession
    contract: SilverTable
    bronze: BronzeTable
    names: Names
    run_id: str
    release: str

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

    def draft(self, metadata: Metadata) -> Draft | None:
        """What the run has to publish; None if bronze has nothing new."""
        before = metadata.state
        new = increment(self.input.metadata().history(), before.inputs.get(self.input.full_name) if before is not None else None)
        if new is None:
            return None
        rows = self._rows(new, before.watermark if before is not None else None)
        batch = self._batch(rows)
        snapshot = self.bronze.mode == "snapshot"
        held = metadata.head()
        filled = held is not None and held.records > 0
        if snapshot and new.ends_empty and filled and (there := self._live()):
            raise TooManyDeleted(self.table.full_name, self.input.full_name, there, there)
        if batch["read"] == 0:
            return None
        now = self._now(batch) if filled else None
        checked = typed(self.spark, rows, self.contract, self.bronze, self.names)
        repeated = self._repeated(rows)
        staged = disposed(checked, now, self.contract, batch["newest"] if snapshot else None, repeated=repeated)
        if repeated or now is not None:
            staged = staged.persist(StorageLevel.DISK_ONLY)
        # Else no row moves and nothing is compared: making the rows twice, to count and to write them, is cheaper than keeping them.
        try:
            return self._draft(metadata, new, batch, staged, snapshot and filled)
        except BaseException:
            staged.unpersist()
            raise

    def _rows(self, new: Increment, watermark: str | None) -> DataFrame:
        """The rows of a range; by time where the range's beginning was expired."""
        reader = self.spark.read.format("iceberg")
        if new.after is not None:
            return reader.option("start-snapshot-id", new.after).option("end-snapshot-id", new.until).load(self.input.identifier)
        rows = reader.option("versionAsOf", new.until).load(self.input.identifier)
        return rows.where(F.col(INGESTED_AT) > F.lit(watermark).cast("timestamp")) if new.lost and watermark is not None else rows

    def _batch(self, rows: DataFrame) -> Row:
        """What there is to know of a batch before it is read: cheap, from a few columns."""
        aggregates = [
            F.count(F.lit(1)).alias("read"),
            F.max(INGESTED_AT).cast("string").alias("newest"),
            F.collect_set(RUN_ID).alias("inputs"),
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

    def _now(self, batch: Row) -> DataFrame:
        """The table's rows that may have a key of the batch; files that hold none of them are not read."""
        now = self.spark.table(self.table.identifier)
        if self._leading() is None or batch["low"] is None:
            return now
        key = F.col(f"`{self.contract.key[0]}`")
        return now.where((key >= F.lit(batch["low"])) & (key <= F.lit(batch["high"])))

    def _live(self) -> int:
        return self.spark.table(self.table.identifier).count()

    def _draft(self, metadata: Metadata, new: Increment, batch: Row, staged: DataFrame, deletes: bool) -> Draft:
        ranged = partition_columns(self.contract, [partition_pair(transform) for transform in self.contract.partition])
        counts, merged = self._counts(staged, ranged)
        rows = accounted(self.table.full_name, batch["read"], counts)
        deleted_rows = self._deleted(staged, batch["newest"]) if deletes else None
        deleted = deleted_rows.count() if deleted_rows is not None else 0
        if deleted and deleted > MAXIMUM_DELETED_SHARE * (there := self._live()):
            raise TooManyDeleted(self.table.full_name, self.input.full_name, deleted, there)
        if deletes:
            rows["deleted"] = deleted
        if merged.warned:
            rows["warned"] = merged.warned
        state = State(
            run_id=self.run_id,
            release=self.release,
            contract_version=self.contract.version,
            inputs={self.input.full_name: new.until},
            watermark=batch["newest"],
        )
        # Before silver: a run that is killed in between does both again, and its state says so.
        quarantine(self.refused, staged.where(F.col(DISPOSITION) == "quarantined"), rows["quarantined"], batch["inputs"], new.until, state)
        result = partial(Result, state, rows)
        close = partial(_release, staged)
        if rows["merged"] == 0 and deleted == 0:
            return Draft(result=result, close=close)
        winners = staged.where(F.col(DISPOSITION) == "merged").select(*self._columns)
        held = metadata.head()
        if held is None or held.records == 0:
            return Draft(result=result, write=partial(_append, winners), audit=self._appended(rows["merged"]), close=close)
        # Deleted rows may lie in any partition, and only the batch's are known.
        ranges = {} if deleted else merged.ranges
        source = winners.withColumn(DELETE, F.lit(False))
        if deleted_rows is not None and deleted:
            source = source.unionByName(deleted_rows.withColumn(DELETE, F.lit(True)), allowMissingColumns=True)
        audit = self._merged(winners, merged.inserted, rows["merged"] - merged.inserted, deleted)
        return Draft(result=result, write=partial(self._merge, source, ranges), audit=audit, close=close)

    @property
    def _columns(self) -> list[str]:
        return [f"`{column.name}`" for column in self.contract.columns] + [RUN_ID, INGESTED_AT]

    def _counts(self, staged: DataFrame, ranged: tuple[str, ...]) -> tuple[dict[str, int], Merged]:
        """Rows per disposition, and of the merged ones what the MERGE needs to know."""
        aggregates = [
            F.count(F.lit(1)).alias("rows"),
            F.count_if(F.col(NOW).isNull()).alias("inserted"),
            F.count_if(WARNED).alias("warned"),
        ]
        for name in ranged:
            new, old = F.col(f"`{name}`"), F.col(f"{NOW}.`{name}`")
            aggregates += [F.least(F.min(new), F.min(old)).cast("string").alias(f"low_{name}")]
            aggregates += [F.greatest(F.max(new), F.max(old)).cast("string").alias(f"high_{name}")]
        found = {row[DISPOSITION]: row for row in staged.groupBy(DISPOSITION).agg(*aggregates).collect()}
        counts = {name: int(row["rows"]) for name, row in found.items()}
        if "merged" not in found:
            return counts, Merged()
        merged = found["merged"]
        types = {column.name: column.type for column in self.contract.columns}
        ranges = {
            name: (f"CAST({text(merged[f'low_{name}'])} AS {types[name]})", f"CAST({text(merged[f'high_{name}'])} AS {types[name]})")
            for name in ranged
        }
        return counts, Merged(int(merged["inserted"]), int(merged["warned"]), ranges)

    def _deleted(self, staged: DataFrame, newest: str) -> DataFrame:
        """The table's keys that the newest snapshot lacks; a key whose row broke a rule is not lacking."""
        keys = [f"`{name}`" for name in self.contract.key]
        present = staged.where(F.col(INGESTED_AT) == F.lit(newest).cast("timestamp")).select(*keys)
        return self.spark.table(self.table.identifier).select(*keys).join(present, on=list(self.contract.key), how="left_anti")

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

    def _appended(self, rows: int) -> Audit:
        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            return append_failures(commits, rows) + repeated_failures(self.spark, branch, self._unique)

        return audit

    def _merged(self, winners: DataFrame, inserted: int, updated: int, deleted: int) -> Audit:
        def audit(branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            counted = merge_failures(commits, inserted=inserted, updated=updated, deleted=deleted)
            return counted + repeated_failures(self.spark, branch, self._unique, among=winners)

        return audit


def _append(rows: DataFrame, branch: str) -> None:
    # Each task keeps a file of each partition open instead of sorting its rows.
    rows.writeTo(branch).option("fanout-enabled", "true").append()


def _release(frame: DataFrame) -> None:
    frame.unpersist()
