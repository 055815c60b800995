"""What one more small table costs a run that refines many."""

import tempfile
from pathlib import Path

from pyspark.sql import functions as F

from bench.job_session import make_databases, session, succeed
from bench.measure import Figure, seconds, within
from bench.stage import Stage
from medallion.apply_contracts import apply_contracts
from medallion.arguments import Run
from medallion.manifest.model import BronzeTable, Column, Manifest, Product, SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID, Names
from medallion.publish.table import LakeTable
from medallion.refine.product import refine

FEW, MANY = 10, 40
ROWS = 1000
CHANGED_SECONDS = 0.4
UNCHANGED_SECONDS = 0.05


class SmallTablesBench:
    """Many tables of a thousand rows; a run is of the first few of them, or of all."""

    def __init__(self, stage: Stage, scratch: Path) -> None:
        self.spark = session(stage, scratch)
        lake = stage.environment.names
        self.names = Names(prefix="bench", account=lake.account, region=lake.region)
        make_databases(stage, self.names)
        columns = (Column(name="id", type="bigint"), Column(name="value", type="string"))
        self.bronze = [
            BronzeTable(
                product="bench",
                name=f"bench__small_{n}",
                contract="",
                version="1",
                columns=columns,
                source="bench",
                object=str(n),
                mode="snapshot",
            )
            for n in range(MANY)
        ]
        self.silver = [
            SilverTable(product="bench", name=f"small_{n}", contract="", version="1", columns=columns, input=table.name, key=("id",))
            for n, table in enumerate(self.bronze)
        ]
        for table in self._tables:
            self.spark.sql(f"DROP TABLE IF EXISTS {table.identifier} PURGE")
        succeed(apply_contracts(self.spark, self._manifest(MANY), self.names, "bench"))
        self.rounds = 0
        self.runs = 0
        self.change()
        self.run(MANY)

    @property
    def _tables(self) -> list[LakeTable]:
        silver = [
            LakeTable(self.spark, self.names.database("silver"), table.name + more)
            for table in self.silver
            for more in ("", "__quarantine")
        ]
        return silver + [LakeTable(self.spark, self.names.database("bronze"), table.name) for table in self.bronze]

    def _manifest(self, count: int) -> Manifest:
        return Manifest(lake="bench", products=(Product(name="bench", tables=(*self.bronze[:count], *self.silver[:count])),))

    def change(self) -> None:
        """A new snapshot of each table, all of whose values are new."""
        self.rounds += 1
        rows = self.spark.range(ROWS).withColumn("value", F.concat(F.lit(f"{self.rounds}-"), "id"))
        stamped = rows.withColumn(RUN_ID, F.lit(f"bench-{self.rounds}")).withColumn(INGESTED_AT, F.current_timestamp())
        for table in self.bronze:
            stamped.writeTo(LakeTable(self.spark, self.names.database("bronze"), table.name).identifier).append()

    def run(self, count: int) -> float:
        """Seconds of refining so many tables."""
        manifest = self._manifest(count)
        self.runs += 1
        run = Run(manifest=manifest, release="bench", names=self.names, run_id=f"bench-{self.runs}", product=manifest.products[0])
        return seconds(lambda: succeed(refine(self.spark, run)))

    def one_more_changed(self) -> float:
        """Seconds that each table beyond the first few takes, where all changed."""
        self.change()
        few = self.run(FEW)
        self.change()
        taken = (self.run(MANY) - few) / (MANY - FEW)
        merged = self.spark.table(LakeTable(self.spark, self.names.database("silver"), "small_0").identifier)
        assert merged.where(F.col("value").startswith(f"{self.rounds}-")).count() == ROWS, "the change did not come through"
        return taken

    def one_more_unchanged(self) -> float:
        """Seconds that each table beyond the first few takes, where none changed."""
        return (self.run(MANY) - self.run(FEW)) / (MANY - FEW)


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """The cost of one more small table in a refining run."""
    with tempfile.TemporaryDirectory() as scratch:
        bench = SmallTablesBench(stage, Path(scratch))
        changed = [bench.one_more_changed() for _ in range(repeats)]
        unchanged = [bench.one_more_unchanged() for _ in range(repeats)]
        bench.spark.stop()
        return [
            within(f"One more table of {ROWS:,} rows in a refining run, all changed", changed, CHANGED_SECONDS),
            within(f"One more table of {ROWS:,} rows in a refining run, unchanged", unchanged, UNCHANGED_SECONDS),
        ]
