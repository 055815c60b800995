"""`lake query`: one question to Athena."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.context import of
from cli.query.answer import answer
from cli.query.asking import AsPersona, asker
from cli.terminal.failures import Refused

ONE_OF_THREE = 'give one statement, as in `lake query "SELECT 1"`, or --file FILE, or --saved NAME'


def mount(app: typer.Typer) -> None:
    """Adds the command of this noun."""
    app.command(
        rich_help_panel="Data",
        epilog='Examples: `lake query "SHOW TABLES IN local_gold"` · `lake query --saved "Sales by month" --as analyst`',
    )(query)


def query(
    call: typer.Context,
    sql: Annotated[str | None, typer.Argument(help="One statement of Athena's SQL.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the statement from a file; - is stdin.")] = None,
    saved: Annotated[
        str | None, typer.Option("--saved", metavar="NAME", help="Ask a query that is saved in Athena (queries/*.sql).")
    ] = None,
    persona: AsPersona = None,
) -> None:
    """Asks Athena one question; `lake --json query` prints an array of objects.

    In a table NULL is written NULL and an empty text is empty; the text NULL is quoted: 'NULL'. Characters that would act on the terminal
    are shown: ␛ for escape, ␊ for a line break, <U+202E> for what turns the order of a text.

    In JSON whole numbers and doubles are numbers, booleans are booleans, null is null; decimals, dates and times are strings, so that
    no digit is lost, and arrays, maps and rows are Athena's text.
    """
    context = of(call)
    whose = asker(context, persona)
    if saved is None:
        answer(context, statement(sql, file), whose)
        return
    if sql is not None or file is not None:
        raise Refused(f"{ONE_OF_THREE}; not two of them")
    from cli.query.saved import saved_query

    kept = saved_query(context, saved, whose)
    answer(context, kept.sql, whose, kept.database)


def statement(sql: str | None, file: Path | None) -> str:
    """The text of the one statement that is asked.

    Raises:
        Refused: There is none, or two, or the file can't be read.
    """
    if (sql is None) == (file is None):
        raise Refused(ONE_OF_THREE)
    if sql is not None:
        return sql
    try:
        return sys.stdin.read() if str(file) == "-" else Path(str(file)).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"--file {file}: {error.strerror}") from error
