"""Trino's failures in Athena's words, with the numbers of Athena's error catalog."""

import re
from collections.abc import Collection

from local.services.athena.errors import QueryFailed
from local.services.athena.sql.tokens import position, tokens
from local.services.athena.trino.client import TrinoFailed

# Athena with Lake Formation has one sentence for a column that is not there and one that the caller may not see.
_UNRESOLVED = "cannot be resolved or requester is not authorized to access requested resources"
_PLACE = re.compile(r"\bline (\d+):(\d+)(?=: )")
_DENIED_COLUMNS = re.compile(r"Cannot select from columns \[([^\]]*)\] in table or view (\S+)")

# AWS documents what its numbers mean, not which failure has which; here they follow their labels.
_NAMES = {
    0: "CLUSTER_OUT_OF_MEMORY EXCEEDED_GLOBAL_MEMORY_LIMIT EXCEEDED_LOCAL_MEMORY_LIMIT",
    206: "ABANDONED_QUERY EXCEEDED_TIME_LIMIT",
    1001: "DIVISION_BY_ZERO INVALID_CAST_ARGUMENT NUMERIC_VALUE_OUT_OF_RANGE SUBQUERY_MULTIPLE_ROWS",
    1006: "AMBIGUOUS_NAME COLUMN_NOT_FOUND EXPRESSION_NOT_AGGREGATE EXPRESSION_NOT_SCALAR INVALID_LITERAL MISSING_SCHEMA_NAME SYNTAX_ERROR "
    "TYPE_MISMATCH",
    1011: "USER_CANCELED",
    1100: "INVALID_ARGUMENTS INVALID_PROCEDURE_ARGUMENT",
    1103: "INVALID_TABLE_PROPERTY",
    1106: "INVALID_FUNCTION_ARGUMENT",
    1107: "INVALID_VIEW VIEW_IS_RECURSIVE VIEW_IS_STALE",
    1110: "TABLE_NOT_FOUND",
    1200: "NOT_SUPPORTED",
    1300: "NOT_FOUND",
    1301: "CATALOG_NOT_FOUND SCHEMA_NOT_FOUND",
    1303: "FUNCTION_NOT_FOUND",
    1500: "ACCESS_DENIED PERMISSION_DENIED",
}
_TYPES = {name: number for number, names in _NAMES.items() for name in names.split()}
_USER_ERROR, _ENGINE_ERROR, _ICEBERG_ERROR = 1000, 200, 233


def error_type(name: str, *, system: bool) -> int:
    """The number of a failure by its name and by whether the engine is at fault."""
    default = _ICEBERG_ERROR if name.startswith("ICEBERG_") else _ENGINE_ERROR if system else _USER_ERROR
    return _TYPES.get(name, default)


def translated(failure: TrinoFailed, text: str, *, shift: int = 0, hidden: Collection[str] = ()) -> QueryFailed:
    """A failure as the reason why a query of Athena failed.

    Args:
        failure: Trino's.
        text: The statement as its caller wrote it.
        shift: How many characters stood before the statement on the first line of what was sent.
        hidden: The columns that the caller may not see, in lower case; where they are not known, the first that the text names.
    """
    message = _PLACE.sub(lambda place: _shifted(place, shift), failure.message)
    if (denied := _DENIED_COLUMNS.search(message)) is not None:
        return QueryFailed("COLUMN_NOT_FOUND", _unresolved(text, denied[1].split(", "), hidden))
    if failure.name == "COLUMN_NOT_FOUND" and message.endswith("cannot be resolved"):
        message = message.removesuffix("cannot be resolved") + _UNRESOLVED
    return QueryFailed(failure.name, message, system=failure.kind != "USER_ERROR")


def _shifted(place: re.Match[str], shift: int) -> str:
    line, column = int(place[1]), int(place[2])
    return f"line {line}:{max(1, column - shift) if line == 1 else column}"


def _unresolved(text: str, asked: Collection[str], hidden: Collection[str]) -> str:
    wanted = [name.lower() for name in asked if name.lower() in hidden] or [name.lower() for name in asked]
    for token in tokens(text):
        if token.is_name and token.value.lower() in wanted:
            return f"{position(text, token.start)}: Column '{token.value.lower()}' {_UNRESOLVED}"
    return f"line 1:1: Column '{wanted[0]}' {_UNRESOLVED}"
