"""What the benchmarks run on: the sample lake on a laptop of its own, deployed, seeded and run once."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import psutil

from bench.without_airflow import without_airflow
from local.laptop import Laptop
from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import load_environment
from medallion.manifest.environment import Environment
from medallion.manifest.model import BronzeTable, Manifest, Product

ROOT = Path(__file__).parents[1]
PORT = 4710
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Stage:
    """A deployed, seeded lake.

    Attributes:
        home: The laptop's state.
        lake: The lake's folder.
        truth: Rows of each source table, as the seed counted them.
    """

    home: Path
    lake: Path
    truth: dict[str, Any]

    @cached_property
    def environment(self) -> Environment:
        """The laptop's configuration."""
        return load_environment(self.lake, "local")

    @cached_property
    def largest(self) -> BronzeTable:
        """The bronze table with the most rows at its source; what a model extracts has none there."""
        manifest = compile_lake(self.lake)
        tables = [table for product in manifest.products for table in product.bronze if table.mode != "extraction"]
        return max(tables, key=lambda table: int(self.truth[table.source][table.object]["source_rows"]))

    @cached_property
    def rows(self) -> int:
        """How many rows the largest table has at its source."""
        return int(self.truth[self.largest.source][self.largest.object]["source_rows"])

    @cached_property
    def exported(self) -> set[str]:
        """The full names of the bronze tables that are read by exports."""
        database = self.environment.names.database("bronze")
        tables = [table for product in compile_lake(self.lake).products for table in product.bronze]
        return {f"{database}.{table.name}" for table in tables if table.mode == "export"}

    @cached_property
    def only_largest(self) -> Manifest:
        """A manifest of nothing but the largest table."""
        product = Product(name=self.largest.product, tables=(self.largest,))
        return Manifest(lake=self.lake.name, products=(product,))

    @property
    def laptop(self) -> Laptop:
        """The laptop."""
        return Laptop(self.home, PORT)

    def command(self, *arguments: str) -> str:
        """Runs `lake …`; returns its stdout.

        Raises:
            RuntimeError: It failed; the message has what it said.
        """
        return lake_command(self.home, self.lake, *arguments)

    def postgres(self) -> dict[str, Any]:
        """How the largest table's source is reached: host, port, dbname, username, password."""
        held = self.laptop.client("secretsmanager").get_secret_value(SecretId=self.environment.names.secret(self.largest.source))
        found: dict[str, Any] = json.loads(held["SecretString"])
        return found

    def job_run(self, job: str, arguments: dict[str, str]) -> "JobRun":
        """Runs a Glue job and waits for its end, watching its memory.

        Raises:
            RuntimeError: It did not succeed.
        """
        glue = self.laptop.client("glue")
        start = time.perf_counter()
        run = glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"]
        driver_bytes = 0
        while True:
            driver_bytes = max(driver_bytes, memory(self.laptop.job_processes().get(run)))
            told = glue.get_job_run(JobName=job, RunId=run)["JobRun"]
            if told["JobRunState"] in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"):
                break
            time.sleep(POLL_SECONDS)
        if told["JobRunState"] != "SUCCEEDED":
            raise RuntimeError(f"{job}: {told['JobRunState']}: {told.get('ErrorMessage')}")
        return JobRun(time.perf_counter() - start, driver_bytes / 1e9)


@dataclass(frozen=True)
class JobRun:
    """What a Glue job run took.

    Attributes:
        seconds: From StartJobRun until it is told to have succeeded.
        gigabytes: The most that its processes held at a time, shared pages counted once a process.
    """

    seconds: float
    gigabytes: float


def memory(group: int | None) -> int:
    """Bytes that the processes of a group hold, such as a job's JVM and its Python."""
    total = 0
    for process in psutil.process_iter():
        try:
            if group is not None and os.getpgid(process.pid) == group:
                total += process.memory_info().rss
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return total


def lake_command(home: Path, lake: Path, *arguments: str) -> str:
    """Runs `lake …` on the stage's laptop; returns its stdout.

    Raises:
        RuntimeError: It failed; the message has what it said.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAKE"))}
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "lake"), *arguments],
        cwd=ROOT,
        env={**kept, "LAKE_HOME": str(home), "LAKE_PORT": str(PORT), "LAKE": str(lake)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"lake {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def prepare(home: Path, lake: Path) -> None:
    """Makes a home anew in which a lake is deployed, seeded with all of its rows and run once; its laptop is down at the end.

    The laptop has no Airflow, so that a figure is of the jobs alone.
    """
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    lake = without_airflow(lake, home)
    lake_command(home, lake, "up", "--port", str(PORT))
    try:
        lake_command(home, lake, "deploy")
        (home / "seed.json").write_text(lake_command(home, lake, "seed", "--json"), encoding="utf-8")
        lake_command(home, lake, "run", "--json")
    finally:
        lake_command(home, lake, "down")


@contextmanager
def stage(prepared: Path, name: str) -> Iterator[Stage]:
    """A laptop for one benchmark: a copy of a prepared home, so that no benchmark meets what another one left.

    Args:
        prepared: What `prepare` made.
        name: The lake's, which is its folder's in the home.
    """
    home = Path(tempfile.mkdtemp(prefix="bench-"))
    # With its owners: the database's files are another user's where this is root.
    subprocess.run(["cp", "-a", f"{prepared}/.", str(home)], check=True)
    lake = home / name
    try:
        lake_command(home, lake, "up", "--port", str(PORT))
        made = Stage(home, lake, json.loads((home / "seed.json").read_text(encoding="utf-8")))
        # Spark and boto3 in this process are the account's root on that laptop.
        environment = made.laptop.client_environment()
        os.environ.update({name: value for name, value in environment.items() if name.startswith("AWS_")})
        boto3.setup_default_session()
        yield made
    finally:
        lake_command(home, lake, "down")
        shutil.rmtree(home)
