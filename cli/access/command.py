"""`lake access`: who sees which column, by contracts and personas."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from cli.access import check, diff, explain, unused
from cli.access.asked import manifest_with_personas
from cli.context import of
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.access.matrix import MatrixRow

noun = typer.Typer(name="access", help="Who sees which column, who may do what, and who did.", invoke_without_command=True)


def mount(app: typer.Typer) -> None:
    """Adds the commands of this noun."""
    for command in (explain, diff, check, unused):
        command.mount(noun)
    app.add_typer(noun, rich_help_panel="Infrastructure")


@noun.callback(epilog="Examples: `lake access` · `lake access --table silver.orders` · `lake access explain analyst orders.email`")
def access(
    call: typer.Context,
    table: Annotated[str | None, typer.Option("--table", "-t", help="The columns of one table, such as silver.orders.")] = None,
) -> None:
    """Shows what each persona sees of each table, by contracts and personas as they are here; nothing is asked of AWS."""
    if call.invoked_subcommand is not None:
        return
    from medallion.manifest.access.matrix import expected_matrix, share

    context = of(call)
    manifest = manifest_with_personas(context)
    columns = expected_matrix(context.configuration, manifest)
    if table is not None:
        columns = tuple(column for column in columns if table in {column.table, column.table.partition(".")[2]})
        if not columns:
            raise Refused(f"{table!r} is no table of the lake; `lake access` lists them")
    personas = [persona.name for persona in manifest.personas]
    if context.json:
        print_json({"environment": context.environment, "personas": personas, "tables": documents(columns)})
    elif table is not None:
        _show(["column", "class", *personas], [[each.name, each.classification, *cells(each, personas)] for each in columns])
    else:
        _show(["table", *personas], [[name, *(share(some, persona) for persona in personas)] for name, some in by_table(columns)])


def by_table(columns: "Iterable[MatrixRow]") -> "list[tuple[str, list[MatrixRow]]]":
    """The columns of each table."""
    return [(name, list(some)) for name, some in groupby(columns, key=lambda column: column.table)]


def cells(column: "MatrixRow", personas: Sequence[str]) -> list[str]:
    """What each persona sees of a column."""
    from medallion.manifest.access.matrix import in_words

    return [in_words(column.access[persona]) for persona in personas]


def documents(columns: "Iterable[MatrixRow]") -> list[dict[str, object]]:
    """The same for programs."""
    return [
        {
            "table": name,
            "columns": [
                {
                    "column": column.name,
                    "class": column.classification,
                    "access": {persona: {"answer": each.answer, "rows": each.rows} for persona, each in column.access.items()},
                }
                for column in some
            ],
        }
        for name, some in by_table(columns)
    ]


def _show(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from cli.terminal.screen import plain, stdout

    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in head:
        shown.add_column(plain(name), overflow="fold")
    count = 0
    for row in rows:
        shown.add_row(*(plain(text) for text in row))
        count += 1
    stdout().show(shown)
    say(f"{count} {head[0]}{'' if count == 1 else 's'}")
