"""Runs of products, one after the other, by the environment's Airflow or by one of this folder."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from cli.context import Context
from cli.deployment.deployed import artifact
from cli.run.airflow_api import Airflow
from cli.run.dag_run import DagRun, LocalAirflow
from cli.run.environment_run import EnvironmentRun
from cli.run.job_runs import TableOutcome
from cli.run.lock import airflow_home
from cli.run.product_run import Orchestrated, ProductRun, TaskRun
from cli.run.progress import Progress
from cli.run.selection import run_conf, table_counts
from cli.terminal.failures import Interrupted
from medallion.manifest.backfill import TimeRange
from medallion.manifest.model import Product
from medallion.manifest.schedule import plan

# A product and its run's parameters to the run.
Start = Callable[[Product, Mapping[str, object]], Orchestrated]


@dataclass(frozen=True)
class Ran:
    """What became of the products that were run.

    Attributes:
        release: The deployed one.
        runs: Each product with its run.
        seconds: How long they took.
    """

    release: str
    runs: tuple[tuple[Product, ProductRun], ...]
    seconds: float

    @property
    def is_failed(self) -> bool:
        """Whether a product's run failed."""
        return any(watched.state != "success" for _, watched in self.runs)

    @property
    def failed(self) -> list[TaskRun]:
        """The tasks that failed by themselves."""
        return [task for _, watched in self.runs for task in watched.failed]

    @property
    def tables(self) -> list[TableOutcome]:
        """The outcomes of all tables."""
        return [outcome for _, watched in self.runs for outcome in watched.tables]

    @property
    def document(self) -> dict[str, object]:
        """What `lake run --json` prints."""
        return {
            "state": "failed" if self.is_failed else "success",
            "release": self.release,
            "seconds": round(self.seconds, 1),
            "products": [_document(product, watched) for product, watched in self.runs],
        }


@contextmanager
def orchestrator(context: Context, release: str, lock: TextIO) -> Iterator[Start]:
    """What runs the release's DAGs: the environment's Airflow, or one of this folder where it has none."""
    if context.configuration.orchestrator != "none":
        airflow = Airflow(context.client("mwaa"), context.names.airflow)
        yield lambda product, conf: EnvironmentRun(
            airflow, plan(product, context.names, release, governed=context.configuration.governed), conf
        )
        return
    home = airflow_home(context)
    with LocalAirflow(
        home / "dags",
        home=home,
        environ=context.process_environment,
        poll_seconds=1 if context.is_local else 10,
        held=[lock.fileno()],
    ) as local:
        lock.write(f"its Airflow is process {local.pid}\n")
        lock.flush()
        yield by(local, context, release)


def by(airflow: LocalAirflow, context: Context, release: str) -> Start:
    """Runs the release's DAGs by an Airflow that has been started for the environment."""

    def start(product: Product, conf: Mapping[str, object]) -> DagRun:
        file = airflow_home(context) / "dags" / f"{product.name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(artifact(context, f"releases/{release}/dags/{product.name}.py"))
        return airflow.run(file, conf)

    return start


def run_products(
    context: Context,
    release: str,
    chosen: Sequence[tuple[Product, Sequence[str]]],
    again: TimeRange | None,
    progress: Progress,
    start: Start,
) -> Ran:
    """Runs products, one after the other.

    Args:
        context: The environment.
        release: The deployed one.
        chosen: The products in their order, each with the tables that its run is limited to; none means all.
        again: The range that is read again, if one is.
        progress: What shows them.
        start: What runs a DAG.

    Raises:
        Interrupted: By Ctrl-C; the Glue runs that were going are stopped.
    """
    begin = time.monotonic()
    runs = tuple((product, _run_product(context, release, product, tables, again, progress, start)) for product, tables in chosen)
    return Ran(release, runs, time.monotonic() - begin)


def _run_product(
    context: Context,
    release: str,
    product: Product,
    tables: Sequence[str],
    again: TimeRange | None,
    progress: Progress,
    start: Start,
) -> ProductRun:
    progress.product(product.name, release, table_counts(context, release, product, tables))
    dag_run = start(product, run_conf(tables, again))
    watched = ProductRun(
        dag_run,
        glue=context.client("glue"),
        logs=context.client("logs"),
        log_group=context.names.job_output_group,
        on_task=progress.task,
        on_table=progress.table,
        on_wait=progress.waiting,
    )
    try:
        watched.watch()
    except KeyboardInterrupt:
        stopped = watched.stop()
        raise Interrupted(
            f"Interrupted; {'stopped Glue run ' + ', '.join(stopped) if stopped else 'no Glue run was going'}. "
            "What was published stays and nothing is half-done: `lake run` goes on from there."
        ) from None
    finally:
        dag_run.stop()
    return watched


def _document(product: Product, watched: ProductRun) -> dict[str, object]:
    return {
        "product": product.name,
        "run_id": watched.run_id,
        "state": watched.state,
        "seconds": round(watched.seconds, 1),
        "cause": "; ".join(f"{task.id}: {task.error}" for task in watched.failed) or None,
        "tasks": [
            {
                "id": task.id,
                "job": task.job,
                "state": task.state,
                "job_run": task.job_run,
                "seconds": round(task.seconds, 1),
                "error": task.error,
                "log": task.log,
                "note": task.note,
                "tables": [table.model_dump() for table in task.tables],
            }
            for task in watched.tasks
        ],
    }
