"""Bronze to silver: a change of the largest table as a share of making all of it anew, and what memory does when rows double."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from bench.job_session import make_databases, session, succeed
from bench.measure import Figure, against_peer, seconds
from bench.stage import Stage
from medallion.apply_contracts import apply_contracts
from medallion.arguments import Run
from medallion.manifest.compiler import compile_lake
from medallion.manifest.model import Manifest, Product, SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID, Names
from medallion.publish.table import LakeTable
from medallion.refine.product import refine

RELEASE = "bench"
# Twice the rows: what is held beyond the rows of a batch is plans and buffers.
MEMORY_BOUND = 1.2
SAMPLE_SECONDS = 0.5
# Of the rows, how they lie, and what share of a full rebuild it may cost.
CHANGES = ((0.01, "clustered", 0.15), (0.0001, "clustered", 0.07), (0.01, "spread", 0.25), (0.0001, "spread", 0.25))


class NothingToMeasure(ValueError):
    """The lake's largest table has no silver table with a sequence that begins with a time, so that a newer version can't be made."""


@dataclass(frozen=True)
class Change:
    """A number of rows, each with a newer version.

    Attributes:
        share: Of all rows.
        lie: `clustered`: next to each other by the partition's column, as what changed lately is; `spread`: anywhere.
    """

    share: float
    lie: str


class RefineBench:
    """One table, in a lake of its own, refined from nothing and after changes."""

    def __init__(self, stage: Stage, scratch: Path) -> None:
        self.stage = stage
        self.spark = session(stage, scratch)
        names = stage.environment.names
        self.names = Names(prefix="bench", account=names.account, region=names.region)
        make_databases(stage, self.names)
        lake = compile_lake(stage.lake)
        self.bronze = stage.largest
        made = [table for table in lake.tables("silver") if isinstance(table, SilverTable) and table.input == self.bronze.name]
        self.silver = next((table for table in made if not table.references), None) or made[0]
        if not self.silver.sequence or self.silver.column(self.silver.sequence[0]).type != "timestamp":
            raise NothingToMeasure(f"{self.silver.contract} has no sequence that begins with a timestamp")
        self.manifest = Manifest(lake=lake.lake, products=(Product(name="bench", tables=(self.bronze, self.silver)),))
        self.input = LakeTable(self.spark, self.names.database("bronze"), self.bronze.name)
        self.output = LakeTable(self.spark, self.names.database("silver"), self.silver.name)
        self.moments = 0
        self.runs = 0

    def fill(self, times: int = 1) -> int:
        """Makes bronze anew with all rows that silver takes, or several times as many with keys of their own; returns how many."""
        self._drop(self.input)
        succeed(apply_contracts(self.spark, self.manifest, self.names, RELEASE))
        names = self.stage.environment.names
        key = self.bronze.key[0]
        rows = self.spark.table(LakeTable(self.spark, names.database("bronze"), self.bronze.name).identifier)
        taken = self.spark.table(LakeTable(self.spark, names.database("silver"), self.silver.name).identifier)
        rows = rows.join(taken.select(F.col(f"`{self.silver.key[0]}`").alias(key)), on=key, how="left_semi")
        first, last = rows.agg(F.min(key), F.max(key)).collect()[0]
        for number in range(times):
            self._append(rows.withColumn(key, (F.col(key) + number * (last - first + 1)).cast(rows.schema[key].dataType)))
        return self.spark.table(self.input.identifier).count()

    def rebuild(self) -> float:
        """Seconds to make silver of all that is in bronze."""
        self._drop(self.output)
        self._drop(LakeTable(self.spark, self.output.database, f"{self.output.name}__quarantine"))
        succeed(apply_contracts(self.spark, self.manifest, self.names, RELEASE))
        taken = seconds(self._refine)
        assert self._distinct() == self.keys(), "silver and bronze have not the same keys"
        return taken

    def change(self, change: Change) -> float:
        """Seconds to merge newer versions of some rows; each must be in the table afterwards and no other may be touched."""
        watermark = self.bronze.watermark or ""
        rows = self.spark.table(self.input.identifier).where(F.col(RUN_ID) == "bench-0")
        count = round(self.keys() * change.share)
        partition = next((name for name in (one.rpartition("(")[2].strip(")` ") for one in self.silver.partition)), self.silver.key[0])
        place = (self.silver.column(partition).expression or partition).strip("`")
        order = F.col(f"`{place}`").desc() if change.lie == "clustered" else F.xxhash64(*(f"`{name}`" for name in self.bronze.key))
        newer = rows.orderBy(order).limit(count).withColumn(watermark, F.current_timestamp())
        name = self._append(newer)
        taken = seconds(self._refine)
        merged = self.spark.table(self.output.identifier).where(F.col(RUN_ID) == name).count()
        assert merged == count, f"{merged} of {count} changed rows reached silver"
        assert self._distinct() == self.keys()
        return taken

    def keys(self) -> int:
        """How many rows silver must have."""
        return self.spark.table(self.input.identifier).select(*(f"`{name}`" for name in self.bronze.key)).distinct().count()

    def _distinct(self) -> int:
        counted = self.spark.table(self.output.identifier).groupBy(*(f"`{name}`" for name in self.silver.key)).count()
        return counted.where("count = 1").count()

    def _append(self, rows: DataFrame) -> str:
        """Appends rows to bronze as an ingestion of their own; returns its run id."""
        name = f"bench-{self.moments}"
        self.moments += 1
        stamped = rows.withColumn(RUN_ID, F.lit(name)).withColumn(INGESTED_AT, F.lit(datetime.now(UTC)))
        stamped.select(*self.spark.table(self.input.identifier).columns).writeTo(self.input.identifier).append()
        return name

    def _refine(self) -> None:
        self.runs += 1
        run = Run(manifest=self.manifest, release=RELEASE, names=self.names, run_id=f"bench-{self.runs}", product=self.manifest.products[0])
        succeed(refine(self.spark, run))

    def _drop(self, table: LakeTable) -> None:
        self.spark.sql(f"DROP TABLE IF EXISTS glue_catalog.{table.database}.`{table.name}` PURGE")


def figures(stage: Stage, repeats: int) -> Iterator[Figure]:
    """Changes against a full rebuild of the same table, and the memory of this process with twice the rows."""
    with tempfile.TemporaryDirectory() as scratch:
        bench = RefineBench(stage, Path(scratch))
        rows = bench.fill()
        for share, lie, bound in CHANGES:
            # The rebuild stands before each change, so that every change meets the same table.
            name = f"Bronze → silver, {share:.2%} of {rows:,} rows changed, {lie}"
            yield _share(name, bench, Change(share, lie), bound, repeats)
        yield _doubled(bench, rows)
        bench.spark.stop()


def _share(name: str, bench: RefineBench, change: Change, bound: float, repeats: int) -> Figure:
    whole: list[float] = []

    def rebuilt() -> float:
        whole.append(bench.rebuild())
        return whole[-1]

    rebuilt()
    return against_peer(name, lambda: bench.change(change), rebuilt, peer_name="all of it made anew", bound=bound, repeats=repeats)


def _doubled(bench: RefineBench, rows: int) -> Figure:
    """The most that the JVM holds after a collection: of twice the rows against once."""
    held: list[float] = []
    for times in (1, 2):
        assert bench.fill(times) == rows * times
        held.append(_peak(bench, bench.rebuild))
    return Figure(f"Memory that refining {2 * rows:,} rows holds", "GB", (held[1],), f"of {rows:,} rows", MEMORY_BOUND, peer=(held[0],))


def _peak(bench: RefineBench, work: Callable[[], object]) -> float:
    """Gigabytes: the most of the heap that is in use after a collection, while something is done."""
    jvm: Any = bench.spark._jvm
    runtime, held, done = jvm.java.lang.Runtime.getRuntime(), [0.0], Event()

    def watch() -> None:
        while not done.wait(SAMPLE_SECONDS):
            jvm.java.lang.System.gc()
            held.append((runtime.totalMemory() - runtime.freeMemory()) / 1e9)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(held)
