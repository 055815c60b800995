"""Answers of Athena, shown."""

from typing import Any

from cli.context import Context
from cli.query.athena import ask
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say


def answer(context: Context, sql: str, persona: str | None = None, database: str | None = None) -> int:
    """Asks Athena and shows the rows, as JSON where the command is asked for it; returns how many there are.

    Raises:
        Refused: Two columns have one name, which JSON can't hold.
    """
    names, types, rows = ask(context, sql, persona, database)
    if context.json:
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Refused(f"two columns are called {', '.join(twice)}, and an object can't hold both; name them with AS")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        show_rows(names, types, rows, persona)
    return len(rows)


def show_rows(names: list[str], types: list[str], rows: list[tuple[Any, ...]], persona: str | None = None) -> None:
    """Prints an answer as a table, with who asked."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from cli.terminal.characters import one_line
    from cli.terminal.screen import cell, plain, stdout

    numbers = {"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name, kind in zip(names, types, strict=True):
        table.add_column(plain(one_line(name)), justify="right" if kind in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    stdout().show(table)
    say(f"{len(rows)} row{'' if len(rows) == 1 else 's'}{f', asked as {persona}' if persona else ''}")
