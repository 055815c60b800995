"""Postgres to bronze: the largest table of the sample lake, warm and as a whole process."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import peer_duckdb
from bench.job_session import make_databases, session, succeed
from bench.measure import Figure, against_peer, seconds, within
from bench.stage import ROOT, Stage
from medallion.apply_contracts import apply_contracts
from medallion.arguments import Run
from medallion.ingest.jdbc.dialect import dialect_of
from medallion.ingest.jdbc.moment import Source, moment
from medallion.ingest.jdbc.secret import read_credentials
from medallion.ingest.jdbc.source import ingest
from medallion.ingest.jdbc.table import read_of
from medallion.manifest.engines.source import DatabaseSource
from medallion.manifest.names import Names
from medallion.publish.table import LakeTable

WARM_BOUND = 2.5
COLD_BOUND = 6.0
DRIVER_GIGABYTES = 3.0
RELEASE = "bench"


class IngestBench:
    """One table, ingested again and again into an empty bronze table."""

    def __init__(self, stage: Stage, scratch: Path) -> None:
        self.stage, self.scratch = stage, scratch
        self.spark = session(stage, scratch)
        self.duckdb = peer_duckdb.connect()
        self.parquet = scratch / "peer.parquet"
        settings = stage.environment.sources[stage.largest.source]
        if not isinstance(settings, DatabaseSource):
            raise TypeError(f"the largest table's source {stage.largest.source} is {settings.engine}; the bench reads a database")
        prefix = settings.prefix
        self.at_source = prefix + stage.largest.object
        self.columns = ", ".join(f'"{column.name}"' for column in stage.largest.columns)
        names = stage.environment.names
        # A bucket and a database of its own, so that the lake's tables stay as they are.
        self.own = Names(prefix="bench", account=names.account, region=names.region)
        make_databases(stage, self.own)
        credentials = read_credentials(names.secret(stage.largest.source), names.region)
        self.source = Source(dialect_of(credentials.engine), credentials, prefix, False)

    def warm(self) -> float:
        """Seconds to append all rows in a session that lives."""
        self._empty(self.own)
        product = self.stage.only_largest.products[0]
        run = Run(manifest=self.stage.only_largest, release=RELEASE, names=self.own, run_id="bench", product=product)
        taken = seconds(lambda: succeed(ingest(self.spark, run, self.stage.largest.source, self.source)))
        self._check(self.own)
        return taken

    def reading(self) -> float:
        """Seconds to read all rows in a session that lives, as an ingest does, and to keep none."""

        def read() -> None:
            with moment(self.spark, self.source) as now:
                table = LakeTable(self.spark, self.own.database("bronze"), self.stage.largest.name)
                rows = read_of(self.stage.largest, table, now, run_id="bench", release=RELEASE).rows()
                rows.write.format("noop").mode("overwrite").save()

        return seconds(read)

    def peer_warm(self) -> float:
        """Seconds of DuckDB in a connection that lives."""
        copied: list[int] = []
        taken = seconds(
            lambda: copied.append(peer_duckdb.copy(self.duckdb, self.stage.postgres(), self.at_source, self.columns, self.parquet))
        )
        assert copied == [self.stage.rows], f"DuckDB copied {copied} of {self.stage.rows} rows"
        return taken

    def cold(self) -> tuple[float, float]:
        """Seconds and gigabytes of a Glue job run, from its start to its end."""
        names = self.stage.environment.names
        self._empty(names)
        parameter = self.stage.laptop.client("ssm").get_parameter(Name=names.parameter("transform", "release"))
        release = parameter["Parameter"]["Value"]
        arguments = {
            "--manifest": f"s3://{names.bucket('artifacts')}/releases/{release}/manifest.json",
            "--release": release,
            "--run_id": "bench",
            "--product": self.stage.largest.product,
            "--tables": self.stage.largest.name,
        }
        run = self.stage.job_run(names.job("ingest", self.stage.largest.source), arguments)
        self._check(names)
        return run.seconds, run.gigabytes

    def peer_cold(self) -> float:
        """Seconds of a process that starts DuckDB, copies and ends."""
        asked = json.dumps(
            {"secret": self.stage.postgres(), "table": self.at_source, "columns": self.columns, "to": str(self.parquet)}, default=str
        )
        copied: list[str] = []

        def process() -> None:
            command = [sys.executable, "-m", "bench.peer_duckdb"]
            copied.append(subprocess.run(command, input=asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip())

        taken = seconds(process)
        assert copied == [str(self.stage.rows)], f"DuckDB copied {copied} of {self.stage.rows} rows"
        return taken

    def _empty(self, names: Names) -> None:
        self.spark.sql(f"DROP TABLE IF EXISTS glue_catalog.{names.database('bronze')}.`{self.stage.largest.name}` PURGE")
        succeed(apply_contracts(self.spark, self.stage.only_largest, names, RELEASE))

    def _check(self, names: Names) -> None:
        found = self.spark.table(f"glue_catalog.{names.database('bronze')}.`{self.stage.largest.name}`").count()
        assert found == self.stage.rows, f"bronze has {found} of {self.stage.rows} rows"


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """Postgres to bronze against DuckDB's Postgres to Parquet, and the driver's memory."""
    with tempfile.TemporaryDirectory() as scratch:
        bench = IngestBench(stage, Path(scratch))
        rows = f"{stage.rows:,} rows"
        warm = against_peer(
            f"Postgres → bronze, {rows}, warm session",
            bench.warm,
            bench.peer_warm,
            peer_name="DuckDB Postgres → Parquet, warm",
            bound=WARM_BOUND,
            repeats=repeats,
            warm_up=2,
        )
        reading = against_peer(
            f"Of that, reading {rows} from Postgres by Spark's JDBC, kept nowhere",
            bench.reading,
            bench.warm,
            peer_name="Postgres → bronze, warm session",
            bound=1.0,
            repeats=repeats,
        )
        runs: list[float] = []

        def cold() -> float:
            taken, gigabytes = bench.cold()
            runs.append(gigabytes)
            return taken

        whole = against_peer(
            f"Postgres → bronze, {rows}, whole Glue job run",
            cold,
            bench.peer_cold,
            peer_name="DuckDB Postgres → Parquet, whole process",
            bound=COLD_BOUND,
            repeats=repeats,
        )
        bench.spark.stop()
        return [warm, reading, whole, within(f"Memory of that job's processes, {rows}", runs, DRIVER_GIGABYTES, "GB")]
