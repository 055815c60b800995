"""`lake query`: one question to Athena."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, of
from cli.failures import Refused
from cli.output import print_json, say
from medallion.manifest.errors import Terminal

if TYPE_CHECKING:
    from pyathena.converter import Converter
    from pyathena.cursor import Cursor

POLL_SECONDS = 0.1


class QueryFailed(Terminal):
    """Athena did not run the query; the message is Athena's own."""


def mount(app: typer.Typer) -> None:
    """Adds the command of this noun."""
    app.command(rich_help_panel="Data", epilog='Example: `lake query "SHOW TABLES IN local_gold"`')(query)


def query(
    call: typer.Context,
    sql: Annotated[str | None, typer.Argument(help="One statement of Athena's SQL.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the statement from a file; - is stdin.")] = None,
) -> None:
    """Asks Athena one question; `lake --json query` prints an array of objects.

    In a table NULL is written NULL and an empty text is empty; the text NULL is quoted: 'NULL'. Characters that would act on the terminal
    are shown: ␛ for escape, ␊ for a line break, <U+202E> for what turns the order of a text.

    In JSON whole numbers and doubles are numbers, booleans are booleans, null is null; decimals, dates and times are strings, so that
    no digit is lost, and arrays, maps and rows are Athena's text.
    """
    context = of(call)
    names, types, rows = ask(context, statement(sql, file))
    if context.json:
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Refused(f"two columns are called {', '.join(twice)}, and an object can't hold both; name them with AS")
        print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    show_rows(names, types, rows)


def statement(sql: str | None, file: Path | None) -> str:
    """The text of the one statement that is asked.

    Raises:
        Refused: There is none, or two, or the file can't be read.
    """
    if (sql is None) == (file is None):
        raise Refused('give either one statement, as in `lake query "SELECT 1"`, or --file FILE')
    if sql is not None:
        return sql
    try:
        return sys.stdin.read() if str(file) == "-" else Path(str(file)).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(f"--file {file}: {error.strerror}") from error


def ask(context: Context, sql: str) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
    """The names and Athena types of the result's columns, and its rows, in the environment's workgroup of engineers.

    Raises:
        QueryFailed: The query failed, or Athena refused it.
    """
    from pyathena import connect
    from pyathena.error import DatabaseError, OperationalError

    # It would print a stack trace of what is told below in one line.
    logging.getLogger("pyathena").setLevel(logging.CRITICAL + 1)

    connection = connect(
        session=context.session,
        endpoint_url=context.laptop.endpoint if context.is_local else None,
        region_name=context.configuration.region,
        work_group=context.names.workgroup(),
        converter=_converter(),
        poll_interval=POLL_SECONDS if context.is_local else 1,
    )
    try:
        cursor: Cursor = connection.cursor()
        try:
            cursor.execute(sql)
        except (DatabaseError, OperationalError) as error:
            raise QueryFailed(_reason(error)) from error
        description = cursor.description or []
        names, types = [column[0] for column in description], [column[1] for column in description]
        return names, types, [_fields(tuple(row), types) for row in cursor.fetchall()]
    finally:
        connection.close()


def _fields(row: Sequence[Any], types: list[str]) -> tuple[Any, ...]:
    if len(row) == 1 and len(types) > 1:
        # DESCRIBE gives its three columns as one padded text.
        row = [part.strip() for part in str(row[0]).split("\t")]
    return tuple(row)


def _reason(error: Exception) -> str:
    cause = error.__cause__
    response: dict[str, Any] = getattr(cause, "response", None) or {}
    message = response.get("Error", {}).get("Message")
    return str(message or error)


def _converter() -> "Converter":
    from pyathena.converter import Converter

    class Values(Converter):
        """Whole numbers, doubles and booleans as such, all else as Athena wrote it."""

        def convert(self, type_: str, value: str | None, type_hint: str | None = None) -> Any:  # noqa: ARG002 - the base class has it
            return self.get(type_)(value)

    whole = dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), _whole)
    return Values({**whole, "float": _real, "double": _real, "boolean": _truth}, default=_text)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None else None


def _real(text: str | None) -> float | str | None:
    # JSON has no NaN and no Infinity; they stay text.
    return float(text) if text is not None and text not in {"NaN", "Infinity", "-Infinity"} else text


def _truth(text: str | None) -> bool | None:
    return text == "true" if text is not None else None


def _text(text: str | None) -> str | None:
    return text


def show_rows(names: list[str], types: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Prints an answer as a table."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from cli.characters import one_line
    from cli.screen import cell, plain, stdout

    numbers = {"tinyint", "smallint", "integer", "bigint", "float", "double", "decimal"}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name, kind in zip(names, types, strict=True):
        table.add_column(plain(one_line(name)), justify="right" if kind in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    stdout().show(table)
    say(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
