"""`lake run`: runs the deployed DAG of each product and shows what becomes of every table."""

from typing import Annotated

import typer

from cli.context import of
from cli.deployment.deployed import deployed_manifest
from cli.run.lock import alone
from cli.run.selection import selection, without_range
from cli.terminal.failures import FAILED
from cli.terminal.output import print_json, say


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
    from cli.run.execution import orchestrator, run_products
    from cli.run.progress import Progress
    from medallion.manifest.backfill import time_range

    context = of(call)
    again = time_range(start, end)
    options = "" if context.is_local else f" --env {context.environment}"
    with alone(context) as lock, Progress(brief=brief) as progress:
        release, manifest = deployed_manifest(context)
        chosen = selection(manifest, context.names, tables or ())
        if again is not None:
            for name, why in without_range(chosen).items():
                progress.say(f"{name}: {why}")
        with orchestrator(context, release, lock) as begin:
            ran = run_products(context, release, chosen, again, progress, begin)
        progress.summary(ran.tables, ran.seconds)
    if context.json:
        print_json(ran.document)
    for task in ran.failed:
        progress.failure(task, options)
    if ran.is_failed:
        raise typer.Exit(FAILED)
    if not context.json:
        say(f'Next: lake{options} query "SELECT …"', err=True)
