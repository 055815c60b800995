"""`lake run`: runs the deployed DAG of each product and shows what becomes of every table."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from cli.context import Context, of
from cli.deployment.deployed import artifact, deployed_manifest
from cli.run.lock import airflow_home, alone
from cli.run.selection import run_conf, selection, table_counts, without_range
from cli.terminal.failures import FAILED, Interrupted
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from cli.run.dag_run import DagRun
    from cli.run.product_run import Orchestrated, ProductRun
    from cli.run.progress import Progress
    from medallion.manifest.backfill import TimeRange
    from medallion.manifest.model import Product


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        rich_help_panel="Data",
        epilog="Examples: `lake run` · `lake run orders` (it and what it is made from) · `lake run orders --from 2026-01-01 --to 2026-02-01`"
        " · `lake --env dev run` · `lake run --json`",
    )(run)


def run(
    call: typer.Context,
    tables: Annotated[list[str] | None, typer.Argument(help="Only these tables and what they are made from; none means all.")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="T", help="Read the sources again from this date or moment on (UTC), instead of what is new."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="T", help="The end of that range, exclusive.")] = None,
    brief: Annotated[bool, typer.Option("--brief", help="One line per task instead of one per table; failures are shown in full.")] = False,
) -> None:
    """Brings all tables up to date: applies contracts, ingests, refines, aggregates, in the order of the deployed DAG.

    With a range, incremental tables read it again: rows whose version bronze does not hold are appended and flow through, and nothing is
    doubled. Snapshots and exports are read as always.
    """
    from cli.run.progress import Progress
    from medallion.manifest.backfill import time_range

    context = of(call)
    again = time_range(start, end)
    begin = time.monotonic()
    options = "" if context.is_local else f" --env {context.environment}"
    with alone(context) as lock, Progress(brief=brief) as progress:
        release, manifest = deployed_manifest(context)
        chosen = selection(manifest, context.names, tables or ())
        if again is not None:
            for name, why in without_range(chosen).items():
                progress.say(f"{name}: {why}")
        with _orchestrator(context, release, lock) as orchestrate:
            runs = [
                (product, _run_product(context, release, product, selected, again, progress, orchestrate)) for product, selected in chosen
            ]
        progress.summary([outcome for _, watched in runs for outcome in watched.tables], time.monotonic() - begin)
    failed = any(watched.state != "success" for _, watched in runs)
    if context.json:
        print_json(
            {
                "state": "failed" if failed else "success",
                "release": release,
                "seconds": round(time.monotonic() - begin, 1),
                "products": [_document(product, watched) for product, watched in runs],
            }
        )
    for _, watched in runs:
        for task in watched.failed:
            progress.failure(task, options)
    if failed:
        raise typer.Exit(FAILED)
    if not context.json:
        say(f'Next: lake{options} query "SELECT …"', err=True)


# A product and its run's parameters to the run.
Start = Callable[["Product", Mapping[str, object]], "Orchestrated"]


@contextmanager
def _orchestrator(context: Context, release: str, lock: TextIO) -> Iterator[Start]:
    """What runs the release's DAGs: the environment's Airflow, or one of this folder where it has none."""
    if context.configuration.orchestrator != "none":
        from cli.run.airflow_api import Airflow
        from cli.run.environment_run import EnvironmentRun
        from medallion.manifest.schedule import plan

        airflow = Airflow(context.client("mwaa"), context.names.airflow)
        yield lambda product, conf: EnvironmentRun(airflow, plan(product, context.names, release), conf)
        return
    from cli.run.dag_run import LocalAirflow

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

        def start(product: "Product", conf: Mapping[str, object]) -> "DagRun":
            file = home / "dags" / f"{product.name}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(artifact(context, f"releases/{release}/dags/{product.name}.py"))
            return local.run(file, conf)

        yield start


def _run_product(
    context: Context,
    release: str,
    product: "Product",
    tables: Sequence[str],
    again: "TimeRange | None",
    progress: "Progress",
    orchestrate: Start,
) -> "ProductRun":
    from cli.run.product_run import ProductRun

    progress.product(product.name, release, table_counts(context, release, product, tables))
    dag_run = orchestrate(product, run_conf(tables, again))
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


def _document(product: "Product", watched: "ProductRun") -> dict[str, object]:
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
