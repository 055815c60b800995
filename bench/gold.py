"""Silver to gold: a small change by touched partitions, against all of the table anew."""

import tempfile
from pathlib import Path

from bench.job_session import make_databases, session, succeed
from bench.measure import Figure, against_peer, seconds
from bench.stage import Stage
from medallion.aggregate.partitions import Partitions, bounds
from medallion.aggregate.product import Aggregation
from medallion.apply_contracts import apply_contracts
from medallion.manifest.compiler import compile_lake
from medallion.manifest.model import GoldTable, Manifest, Product, SilverTable
from medallion.manifest.names import Names
from medallion.publish.publication import publish
from medallion.publish.table import LakeTable

BOUND = 0.5
SHARE = 10_000


class GoldBench:
    """The lake's first incremental gold table over a copy of its inputs, made twice: by touched partitions, and as a whole."""

    def __init__(self, stage: Stage, scratch: Path) -> None:
        self.spark = session(stage, scratch)
        lake, manifest = stage.environment.names, compile_lake(stage.lake)
        self.contract = next(table for product in manifest.products for table in product.gold if table.follows)
        self.parts, self.whole = (
            Names(prefix=prefix, account=lake.account, region=lake.region) for prefix in ("bench_parts", "bench_whole")
        )
        self.rounds = 0
        for names in (self.parts, self.whole):
            make_databases(stage, names)
            silver = (LakeTable(self.spark, names.database("silver"), name) for name in self.contract.inputs)
            for table in (*silver, self._table(names)):
                self.spark.sql(f"DROP TABLE IF EXISTS {table.identifier} PURGE")
            succeed(apply_contracts(self.spark, _only(manifest, self.contract), names, "bench"))
        for name, table in self._inputs.items():
            self.spark.table(f"glue_catalog.{lake.database('silver')}.`{name}`").writeTo(table.identifier).append()
        self.followed = next(
            table for table in manifest.tables("silver") if isinstance(table, SilverTable) and table.name == self.contract.follows[0].input
        )
        rows = self.spark.table(self._inputs[self.followed.name].identifier)
        self.rows = rows.count()
        parted = rows.selectExpr(*(f"{bound} AS bound_{number}" for number, bound in enumerate(bounds(self.contract))))
        newest = parted.groupBy(*parted.columns).count().orderBy("bound_0").tail(1)[0]
        self.newest = Partitions(self.contract, [tuple(newest)[:-1]]).in_input
        # So many of the newest partition's rows that they are the share of all rows.
        self.every = max(1, int(newest["count"]) * SHARE // self.rows)
        self._make(self.parts, self.contract)
        self._make(self.whole, self._full)

    def by_partition(self) -> float:
        """Seconds to follow the deletion of a ten-thousandth of the rows, all of the newest partition."""
        key = ", ".join(f"`{name}`" for name in self.followed.key)
        self.spark.sql(
            f"DELETE FROM {self._inputs[self.followed.name].identifier}"
            f" WHERE ({self.newest}) AND pmod(xxhash64({key}), {self.every}) = {self.rounds}"
        )
        self.rounds += 1
        return seconds(lambda: self._make(self.parts, self.contract))

    def as_a_whole(self) -> float:
        """Seconds to make all of the table from the same rows; the two tables are the same afterwards."""
        taken = seconds(lambda: self._make(self.whole, self._full))
        parts, whole = (self.spark.table(self._table(names).identifier) for names in (self.parts, self.whole))
        assert parts.exceptAll(whole).isEmpty(), "the two tables differ"
        assert parts.count() == whole.count(), "the two tables differ"
        return taken

    @property
    def _full(self) -> GoldTable:
        return self.contract.model_copy(update={"follows": ()})

    @property
    def _inputs(self) -> dict[str, LakeTable]:
        return {name: LakeTable(self.spark, self.parts.database("silver"), name) for name in self.contract.inputs}

    def _table(self, names: Names) -> LakeTable:
        return LakeTable(self.spark, names.database("gold"), self.contract.name)

    def _make(self, names: Names, contract: GoldTable) -> None:
        table, run_id = self._table(names), f"bench-{self.rounds}"
        made = publish(table, run_id, Aggregation(self.spark, contract, self._inputs, table, run_id, "bench").draft)
        assert made.outcome == "published", made


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """A gold table after a small change, against the same table made anew."""
    with tempfile.TemporaryDirectory() as scratch:
        bench = GoldBench(stage, Path(scratch))
        figure = against_peer(
            f"silver → gold after a change of 0.01 % of {bench.rows:,} rows, by touched partitions",
            bench.by_partition,
            bench.as_a_whole,
            peer_name="all of the table anew",
            bound=BOUND,
            repeats=repeats,
            warm_up=2,
        )
        bench.spark.stop()
        return [figure]


def _only(manifest: Manifest, contract: GoldTable) -> Manifest:
    """A manifest of one gold table and its inputs, which are silver."""
    inputs = tuple(table for table in manifest.tables("silver") if table.name in contract.inputs)
    assert len(inputs) == len(contract.inputs), f"{contract.name} reads other gold tables"
    return Manifest(lake=manifest.lake, products=(Product(name=contract.product, tables=(*inputs, contract)),))
