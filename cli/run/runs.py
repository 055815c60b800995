"""`lake runs`: what became of every table, and what a person decides about it afterwards."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import of
from cli.query.asking import AsPersona
from cli.terminal.failures import Refused
from cli.terminal.output import say
from medallion.manifest import standard_sql

if TYPE_CHECKING:
    from medallion.manifest.names import Names

app = typer.Typer(name="runs", help="What runs did, and what to do about it.", no_args_is_help=True)
COUNTS = ("read", "merged", "superseded", "stale", "quarantined", "deleted")


def mount(parent: typer.Typer) -> None:
    """Adds `runs` to the command."""
    parent.add_typer(app, rich_help_panel="Data")


@app.command("list")
def list_runs(
    call: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Only so many of the newest.", min=1, max=1000)] = 20,
    persona: AsPersona = None,
) -> None:
    """Lists the newest runs that changed something or failed; a run with nothing new leaves no trace."""
    from cli.query.answer import answer
    from cli.query.asking import asker

    context = of(call)
    answer(context, newest_runs(context.names, limit), asker(context, persona))


@app.command()
def show(
    call: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `lake runs list` shows it.")],
    persona: AsPersona = None,
) -> None:
    """Shows what a run did with every table, in the order in which the steps ended.

    Why a table failed, and why a person decided something, is shown to those who see `runs.error` and `runs.reason`, which may quote values.
    """
    from cli.query.answer import answer
    from cli.query.asking import asker, seen_in
    from cli.query.persona import client_of
    from medallion.manifest.technical import QUOTING, RUNS

    context = of(call)
    who = asker(context, persona)
    seen = seen_in(client_of(context, who, "glue"), context.names.database("ops")) if who is not None else {}
    hidden = [name for name in QUOTING if name not in seen.get(RUNS, QUOTING)]
    found = answer(context, tables_of_run(context.names, run, hidden), who)
    if not found:
        raise Refused(f"there is no run {run!r}: `lake runs list` shows those that there are")
    if hidden:
        say(f"{who} does not see {', '.join(f'{RUNS}.{name}' for name in hidden)}; --as PERSONA asks as another.", err=True)


@app.command(epilog='Example: `lake runs accept revenue --reason "the limit was too low; contract 1.1.0 raises it"`')
def accept(
    call: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table, or LAYER.TABLE.")],
    reason: Annotated[str, typer.Option(help="Why the refused rows are right; it is kept with the table and in the record of runs.")],
) -> None:
    """Publishes what the audit of the table refused last, as it is."""
    from cli.run.decision import decide

    if not reason.strip():
        raise Refused("--reason: say why, for those who look at the table later")
    decide(of(call), table, "accept", reason.strip(), ("bronze", "silver", "gold"))


@app.command()
def undo(
    call: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table, or LAYER.TABLE.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the record of runs.")] = "",
) -> None:
    """Makes a table what it was before the last run that published it. The next run does that one's work again."""
    from cli.run.decision import decide

    decide(of(call), table, "undo", reason.strip(), ("bronze", "silver", "gold"))


def newest_runs(names: "Names", limit: int) -> str:
    """A query for one row a run."""
    return (
        "SELECT run_id, product, min(started_at) AS started_at, max(finished_at) AS finished_at, count_if(outcome = 'published') AS published,"
        " count_if(outcome = 'failed') AS failed, count_if(outcome = 'skipped') AS skipped,"
        " coalesce(sum(element_at(row_counts, 'quarantined')), 0) AS quarantined"
        f" FROM {names.database('ops')}.runs GROUP BY run_id, product ORDER BY 3 DESC LIMIT {limit}"
    )


def tables_of_run(names: "Names", run: str, hidden: Iterable[str] = ()) -> str:
    """A query for one row per table and step of a run, without some columns."""
    from medallion.manifest.technical import QUOTING

    told = ", ".join(name for name in ("seconds", *QUOTING, "release") if name not in hidden)
    counts = ", ".join(f"element_at(row_counts, '{name}') AS \"{name}\"" for name in COUNTS)
    return (
        f"SELECT step, table_name, outcome, {counts}, {told} FROM {names.database('ops')}.runs"
        f" WHERE run_id = {standard_sql.text(run)} ORDER BY finished_at, table_name"
    )
