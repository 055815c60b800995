"""`lake quarantine`: the rows that silver refused."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import of
from cli.query.asking import AsPersona
from cli.terminal.output import say

if TYPE_CHECKING:
    from medallion.manifest.names import Names

RULES, ROW = "_rules", "_row"

app = typer.Typer(name="quarantine", help="The rows that broke a rule.", no_args_is_help=True)


def mount(parent: typer.Typer) -> None:
    """Adds `quarantine` to the command."""
    parent.add_typer(app, rich_help_panel="Data")


@app.command("list", epilog="Examples: `lake quarantine list` · `lake quarantine list transactions --limit 5`")
def list_rows(
    call: typer.Context,
    table: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="A silver table: its rows; none: how many rows of each, by rule.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Only so many rows, the newest first.", min=1, max=10_000)] = 100,
    persona: AsPersona = None,
) -> None:
    """Lists what is in quarantine: rows by table and rule, or the rows of one table.

    A persona is shown what it may see: without `_row` where that holds a column that it does not see.
    """
    from cli.deployment.deployed import deployed_manifest
    from cli.query.answer import answer
    from cli.query.asking import asker, seen_in
    from cli.query.persona import client_of
    from cli.run.decision import table_meant
    from medallion.manifest.names import QUARANTINE_SUFFIX

    context = of(call)
    _, manifest = deployed_manifest(context)
    names, who = context.names, asker(context, persona)
    seen = seen_in(client_of(context, who, "glue"), names.database("silver")) if who is not None else None
    if table is None:
        tables = [one.name for one in manifest.tables("silver")]
        # Where it sees none of them Athena says so.
        shown = [one for one in tables if seen is None or RULES in seen.get(one + QUARANTINE_SUFFIX, ())] or tables
        answer(context, refused_by_rule(names, shown), who)
        _tell_hidden(who, [one + QUARANTINE_SUFFIX for one in tables if one not in shown])
    else:
        name = table_meant(manifest, names, table, ("silver",)).name
        hidden = [ROW] if seen is not None and ROW not in seen.get(name + QUARANTINE_SUFFIX, {ROW}) else []
        answer(context, refused_rows(names, name, limit, hidden), who)
        _tell_hidden(who, hidden)


@app.command(epilog="Example: `lake quarantine replay transactions`")
def replay(call: typer.Context, table: Annotated[str, typer.Argument(metavar="TABLE", help="A silver table.")]) -> None:
    """Tries all refused rows of a table again under the deployed contract; those that pass are merged and leave quarantine.

    Where a model made the rows, it is asked again about the documents whose answers were refused.
    """
    from cli.deployment.deployed import deployed_manifest
    from cli.run.decision import decide, table_meant
    from medallion.manifest.steps import inputs_of

    context = of(call)
    _, manifest = deployed_manifest(context)
    silver = table_meant(manifest, context.names, table, ("silver",))
    for bronze in (one for product in manifest.products for one in product.bronze if one.name in inputs_of(silver)):
        if bronze.extraction is not None:
            decide(context, bronze.name, "replay", "", ("bronze",), told=False)
    decide(context, table, "replay", "", ("silver",))


def refused_by_rule(names: "Names", tables: Sequence[str]) -> str:
    """A query for the number of refused rows of some tables by the rule that they broke."""
    counted = [
        f"SELECT '{table}' AS table_name, rule, count(*) AS \"rows\" FROM {_quarantine(names, table)}"
        " CROSS JOIN UNNEST(_rules) AS broken(rule) GROUP BY rule"
        for table in tables
    ]
    return f'SELECT table_name, rule, "rows" FROM ({" UNION ALL ".join(counted)}) AS counted ORDER BY 1, 2'


def refused_rows(names: "Names", table: str, limit: int, hidden: Iterable[str] = ()) -> str:
    """A query for the refused rows of one table, the newest first, without some columns."""
    columns = ", ".join(name for name in ("_quarantined_at", "_run_id", RULES, ROW) if name not in hidden)
    return f"SELECT {columns} FROM {_quarantine(names, table)} ORDER BY _quarantined_at DESC LIMIT {limit}"


def _tell_hidden(who: str | None, hidden: Sequence[str]) -> None:
    if hidden:
        say(f"{who} does not see {', '.join(hidden)}; --as PERSONA asks as another.", err=True)


def _quarantine(names: "Names", table: str) -> str:
    from medallion.manifest.names import QUARANTINE_SUFFIX

    return f'{names.database("silver")}."{table}{QUARANTINE_SUFFIX}"'
