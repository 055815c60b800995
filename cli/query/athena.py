"""Athena, asked one question."""

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.query.persona import session_of
from cli.terminal.failures import is_connection_error
from cli.terminal.output import say
from medallion.manifest.errors import Terminal

if TYPE_CHECKING:
    from pyathena.converter import Converter
    from pyathena.cursor import Cursor

POLL_SECONDS = 0.1
_NOT_SEEN = re.compile(r"not authorized|Insufficient Lake Formation permission")
_NO_WORKGROUP = re.compile(r"WorkGroup \S+ is not found\.")


class QueryFailed(Terminal):
    """Athena did not run the query; the message is Athena's own."""


def ask(
    context: Context, sql: str, persona: str | None = None, database: str | None = None
) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
    """The names and Athena types of the result's columns, and its rows.

    Args:
        context: The environment.
        sql: One statement.
        persona: Whose role asks, in its own workgroup; None for the caller's own credentials, in the workgroup of engineers.
        database: That of tables that are named alone; None for `default`.

    Raises:
        QueryFailed: The query failed, or Athena refused it.
        Unreachable: The laptop's AWS is down.
        Refused: There is no such persona, or the caller may not assume its role.
    """
    from pyathena import connect
    from pyathena.error import DatabaseError, OperationalError

    # It would print a stack trace of what is told below in one line.
    logging.getLogger("pyathena").setLevel(logging.CRITICAL + 1)

    context.check_up()
    if context.is_local and context.laptop.engine_starting():
        say("Athena's engine is starting; this query waits for it (some 10 s)", err=True)
    connection = connect(
        session=context.session if persona is None else session_of(context, persona),
        endpoint_url=context.laptop.endpoint if context.is_local else None,
        region_name=context.configuration.region,
        work_group=context.names.workgroup() if persona is None else context.names.persona(persona),
        schema_name=database or "default",
        converter=_converter(),
        poll_interval=POLL_SECONDS if context.is_local else 1,
        # Else it waits for the query's end and tells it as a failure.
        kill_on_interrupt=False,
    )
    try:
        cursor: Cursor = connection.cursor()
        try:
            cursor.execute(sql)
        except KeyboardInterrupt:
            if cursor.query_id is not None:
                cursor.cancel()
            raise
        except (DatabaseError, OperationalError) as error:
            cause = error.__cause__
            if cause is not None and is_connection_error(cause):
                raise cause from None
            raise QueryFailed(reason(error, persona)) from error
        description = cursor.description or []
        names, types = [column[0] for column in description], [column[1] for column in description]
        return names, types, [_fields(tuple(row), types) for row in cursor.fetchall()]
    finally:
        connection.close()


def reason(error: Exception, persona: str | None = None) -> str:
    """What AWS says of a query that it refused, or Athena of one that failed; and who asked, or what to do if no lake is deployed."""
    cause = error.__cause__
    response: dict[str, Any] = getattr(cause, "response", None) or {}
    message = response.get("Error", {}).get("Message")
    told = str(message or error)
    if persona is not None and _NOT_SEEN.search(told):
        return f"{told}\nAsked as {persona}; `lake access` shows who sees what."
    return f"{told} Is the lake deployed? Next: lake deploy" if _NO_WORKGROUP.fullmatch(told) else told


def _fields(row: Sequence[Any], types: list[str]) -> tuple[Any, ...]:
    if len(row) == 1 and len(types) > 1:
        # DESCRIBE gives its three columns as one padded text.
        row = [part.strip() for part in str(row[0]).split("\t")]
    return tuple(row)


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
