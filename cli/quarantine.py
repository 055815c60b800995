"""`lake quarantine`: the rows that silver refused."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import of

if TYPE_CHECKING:
    from medallion.manifest.names import Names

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
) -> None:
    """Lists what is in quarantine: rows by table and rule, or the rows of one table."""
    from cli.deployment.deployed import deployed_manifest
    from cli.query.answer import answer
    from cli.run.decision import table_meant

    context = of(call)
    _, manifest = deployed_manifest(context)
    if table is None:
        answer(context, refused_by_rule(context.names, [one.name for one in manifest.tables("silver")]))
    else:
        answer(context, refused_rows(context.names, table_meant(manifest, context.names, table, ("silver",)).name, limit))


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


def refused_rows(names: "Names", table: str, limit: int) -> str:
    """A query for the refused rows of one table, the newest first."""
    return f"SELECT _quarantined_at, _run_id, _rules, _row FROM {_quarantine(names, table)} ORDER BY _quarantined_at DESC LIMIT {limit}"


def _quarantine(names: "Names", table: str) -> str:
    from medallion.manifest.names import QUARANTINE_SUFFIX

    return f'{names.database("silver")}."{table}{QUARANTINE_SUFFIX}"'
