"""A lake on a laptop of its own, as a test talks about it: through the `lake` command, AWS's APIs and its source."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psycopg

from bench.without_airflow import without_airflow
from cli.context import Context
from cli.deployment.deployed import deployed_manifest
from cli.query.athena import ask
from cli.query.persona import client_of
from cli.query.saved import saved_query
from cli.run.dag_run import LocalAirflow
from cli.run.execution import by, run_products
from cli.run.lock import airflow_home, alone
from cli.run.progress import Progress
from cli.run.selection import selection
from local.laptop import Laptop
from local.services.glue.spark.configuration import OWN_FILE
from local.settings import ATHENA
from medallion.manifest.backfill import TimeRange
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
# Ctrl-C reaches it even if who started the tests ignores that, as a shell does for what it runs in the background.
COMMAND = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.main import run; run()"
# The CDK's own look at each template takes half of a synthesis; tests/synth has it for each environment.
UNVALIDATED = {"CDK_VALIDATION": "false"}
# So few rows are read before a class is compiled for them. The lake of test_run_outside.py, the demo and full sizes have Spark as it is.
FOR_FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
}


@dataclass(frozen=True)
class Answer:
    """What a command said.

    Attributes:
        code: Its exit code.
        out: Stdout.
        err: Stderr.
    """

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be one JSON document."""
        return json.loads(self.out)


def main_product(run: Any) -> dict[str, Any]:
    """What a run reported of the sample's `sales`, which has most of it; of another lake, of its last product."""
    products: dict[str, dict[str, Any]] = {one["product"]: one for one in run["products"]}
    return products.get("sales") or run["products"][-1]


class Lake:
    """A lake on a laptop.

    Attributes:
        home: The laptop's state.
        port: Where its AWS answers.
        folder: The lake's contracts and configuration.
        root: The repository that is used, this one unless the test made another.
    """

    def __init__(self, home: Path, port: int, folder: Path, root: Path = ROOT) -> None:
        self.home, self.port, self.folder, self.root = home, port, folder, root
        self._clients: dict[str, Any] = {}
        self._running: LocalAirflow | None = None
        # Asked in this process: a command takes longer to start than most questions.
        self._context = Context(lake=folder, home=home)

    def command(self, *arguments: str, fails: bool = False, timeout_seconds: float = 900) -> Answer:
        """Runs `lake …`, in a folder that is not the repository, and expects it to end well, or not to."""
        with self.started(*arguments) as process:
            try:
                out, err = process.communicate(timeout=timeout_seconds)
            except BaseException:
                process.kill()
                raise
        answer = Answer(process.returncode, out, err)
        assert (answer.code != 0) == fails, f"lake {' '.join(arguments)} ended with {answer.code}\n{answer.out}\n{answer.err}"
        return answer

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """`lake …` as a process that has just been started."""
        kept = {name: value for name, value in os.environ.items() if name == ATHENA or not name.startswith(("AWS_", "LAKE"))}
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            cwd=self.home,
            env={
                **kept,
                **UNVALIDATED,
                "LAKE_HOME": str(self.home),
                "LAKE_PORT": str(self.port),
                "LAKE": str(self.folder),
                "PYTHONPATH": str(self.root),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *tables: str, fails: bool = False, again: TimeRange | None = None) -> dict[str, Any]:
        """`lake run`, and what it reports of the lake's only product, or of the sample's `sales`.

        Where DAGs are run by `dag.test()`, their Airflow stays for the next run: to start one takes longer than most runs.
        """
        if self._context.configuration.orchestrator != "none":
            assert again is None
            return main_product(self.command("run", *tables, "--json", fails=fails).json)
        release, manifest = deployed_manifest(self._context)
        with alone(self._context), Progress() as progress:
            chosen = selection(manifest, self._context.names, tables)
            ran = run_products(self._context, release, chosen, again, progress, by(self._airflow, self._context, release))
        assert ran.is_failed == fails, [(task.id, task.error, task.log) for task in ran.failed]
        return main_product(ran.document)

    @property
    def _airflow(self) -> LocalAirflow:
        if self._running is None:
            home = airflow_home(self._context)
            self._running = LocalAirflow(home / "dags", home=home, environ=self._context.process_environment)
        return self._running

    def close(self) -> None:
        """Ends what was started for it in this process."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def query(self, sql: str, persona: str | None = None) -> list[dict[str, Any]]:
        """The rows that Athena answers to a persona, or to the account's root."""
        names, _, rows = ask(self._context, sql, persona)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def one(self, sql: str) -> dict[str, Any]:
        """The only row that Athena answers."""
        (row,) = self.query(sql)
        return row

    def saved(self, name: str, persona: str) -> list[dict[str, Any]]:
        """The rows of a saved query, as `lake query --saved NAME --as PERSONA` asks for them."""
        kept = saved_query(self._context, name, persona)
        names, _, rows = ask(self._context, kept.sql, persona, kept.database)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def as_persona(self, persona: str, service: str) -> Any:
        """A boto3 client with the credentials of a persona's role."""
        return client_of(self._context, persona, service)

    @property
    def laptop(self) -> Laptop:
        """The laptop itself."""
        return Laptop(self.home, self.port)

    def client(self, service: str) -> Any:
        """A boto3 client as the account's root; made once, as that takes longer than most calls."""
        if service not in self._clients:
            self._clients[service] = self.laptop.client(service)
        return self._clients[service]

    def metadata_locations(self) -> dict[str, str]:
        """Which metadata file each Iceberg table is at: it moves with every commit."""
        glue = self.client("glue")
        found = {}
        for layer in ("bronze", "silver", "gold"):
            for page in glue.get_paginator("get_tables").paginate(DatabaseName=f"local_{layer}"):
                for table in page["TableList"]:
                    if "metadata_location" in table.get("Parameters", {}):
                        found[f"local_{layer}.{table['Name']}"] = table["Parameters"]["metadata_location"]
        return found

    def table_files(self) -> set[str]:
        """All data and metadata files of tables, whether or not a table knows of them."""
        s3 = self.client("s3")
        buckets = [f"local-{layer}-111111111111-eu-west-1" for layer in ("bronze", "silver", "gold")]
        pages = [page for bucket in buckets for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)]
        return {f"{page['Name']}/{found['Key']}" for page in pages for found in page.get("Contents", [])}

    def decisions(self) -> list[str]:
        """The keys of what the gate recorded, one an upload."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket="local-ops-111111111111-eu-west-1", Prefix="uploads/")
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def secret(self, source: str) -> dict[str, Any]:
        """How a source is reached."""
        held = self.client("secretsmanager").get_secret_value(SecretId=f"local/sources/{source}")
        return cast(dict[str, Any], json.loads(held["SecretString"]))

    @contextmanager
    def source(self, name: str) -> Iterator[psycopg.Connection]:
        """A connection to a source, committed at the end."""
        secret = self.secret(name)
        with psycopg.connect(
            host=secret["host"], port=secret["port"], dbname=secret["dbname"], user=secret["username"], password=secret["password"]
        ) as connection:
            yield connection

    def start_job(self, job: str, *tables: str, dag_run: str | None = None) -> str:
        """Starts a job as the last DAG run of its main product did (`main_product`), for all tables or only some; returns the run's id.

        Args:
            job: Its name.
            tables: Only these.
            dag_run: The id of another DAG run; the last one's, so that this is a retry, where there is none.
        """
        glue = self.client("glue")
        runs = glue.get_job_runs(JobName=job)["JobRuns"]
        last = max(runs, key=lambda run: (run["Arguments"].get("--product") == "sales", run["StartedOn"]))
        arguments = {name: value for name, value in last["Arguments"].items() if name not in ("--airflow_task_uuid", "--tables")}
        if tables:
            arguments["--tables"] = ",".join(tables)
        if dag_run is not None:
            arguments["--run_id"] = dag_run
        return str(glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"])

    def job_run(self, job: str, run_id: str) -> dict[str, Any]:
        """What Glue says of a run."""
        return cast(dict[str, Any], self.client("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"])


def expect_few_rows(home: Path) -> None:
    """Sets Spark on a laptop to few rows."""
    (home / OWN_FILE).write_text("".join(f"{name} {value}\n" for name, value in FOR_FEW_ROWS.items()))


@contextmanager
def up(lake: Lake) -> Iterator[Lake]:
    """A lake whose laptop is up for as long as the block."""
    try:
        if lake.root == ROOT:
            lake.laptop.up()
        else:
            # It runs that repository's code.
            lake.command("up", "--port", str(lake.port))
        yield lake
    finally:
        lake.close()
        lake.laptop.down()


@contextmanager
def deployed(folder: Path, root: Path = ROOT) -> Iterator[Lake]:
    """A lake of few rows, not the sample, on a laptop of its own, up and deployed; its DAGs are run by `dag.test()`."""
    home = Path(tempfile.mkdtemp(prefix="laptop-"))
    expect_few_rows(home)
    try:
        with up(Lake(home, free_port(following=3), without_airflow(folder, home), root)) as lake:
            lake.command("deploy")
            yield lake
    finally:
        shutil.rmtree(home)
