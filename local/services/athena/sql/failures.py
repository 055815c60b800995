"""Trino's failures in Athena's words, with the numbers of Athena's error catalog."""

import re
from collections.abc import Collection, Iterator

from local.services.athena.errors import NotAuthorized, QueryFailed
from local.services.athena.sql.tokens import Token, position, tokens
from local.services.athena.trino.client import TrinoFailed

# Athena with Lake Formation has one sentence for a column that is not there and one that the caller may not see.
_UNRESOLVED = "cannot be resolved or requester is not authorized to access requested resources"
_PLACE = re.compile(r"\bline (\d+):(\d+)(?=: )")
_DENIED_COLUMNS = re.compile(r"Cannot select from columns \[([^\]]*)\] in table or view (\S+)")
_DENIED_TABLE = re.compile(r"Cannot select from table (\S+)")
_NO_COLUMN_LEFT = "Relation not found or not allowed"
# Found before Trino looks for columns.
_BEFORE_COLUMNS = frozenset({"SYNTAX_ERROR", "CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "TABLE_NOT_FOUND"})
# Where a query names all columns of a table by their place.
_ALL_COLUMNS = frozenset({"MISMATCHED_COLUMN_ALIASES"})
# Trino's words would repeat the expression.
_OF_FILTERS = frozenset({"INVALID_ROW_FILTER", "INVALID_COLUMN_MASK"})
_NO_VALUES = frozenset({"PERMISSION_DENIED", "USER_CANCELED", "EXCEEDED_TIME_LIMIT"})

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


def translated(failure: TrinoFailed, text: str, *, shift: int = 0, hidden: Collection[str] = (), is_filtered: bool = False) -> QueryFailed:
    """A failure as the reason why a query of Athena failed.

    Args:
        failure: Trino's.
        text: The statement as its caller wrote it.
        shift: How many characters stood before the statement on the first line of what was sent.
        hidden: The columns that the caller may not see, in lower case.
        is_filtered: Whether the caller may not see all rows: what a value was about is then not said.
    """
    message = _PLACE.sub(lambda place: _shifted(place, shift), failure.message)
    if (denied := _DENIED_COLUMNS.search(message)) is not None:
        return QueryFailed("COLUMN_NOT_FOUND", _unresolved(text, denied[1].split(", "), hidden))
    if hidden and (failure.name in _ALL_COLUMNS or _DENIED_TABLE.search(message) is not None or message.endswith(_NO_COLUMN_LEFT)):
        if any(_names(text, hidden)):
            return QueryFailed("COLUMN_NOT_FOUND", _unresolved(text, hidden, hidden))
        # The same for a list of names that fits and for one that does not: how many columns there are is not told.
        return NotAuthorized("Insufficient Lake Formation permission(s): Required Select on all columns")
    if failure.name == "COLUMN_NOT_FOUND" and message.endswith("cannot be resolved"):
        message = message.removesuffix("cannot be resolved") + _UNRESOLVED
    elif failure.name in _OF_FILTERS:
        message = "the table's row filter does not fit the version of the table that is read"
    elif hidden and failure.name not in _BEFORE_COLUMNS and _PLACE.search(message) and any(_names(text, hidden)):
        # Trino finds a type before it looks who asks; to the caller there is no such column.
        return QueryFailed("COLUMN_NOT_FOUND", _unresolved(text, hidden, hidden))
    elif is_filtered and failure.kind == "USER_ERROR" and failure.name not in _NO_VALUES and not _PLACE.search(message):
        message = "a value does not fit; which one is not said, as a row filter may hide it"
    return QueryFailed(failure.name, message, system=failure.kind != "USER_ERROR")


def _shifted(place: re.Match[str], shift: int) -> str:
    line, column = int(place[1]), int(place[2])
    return f"line {line}:{max(1, column - shift) if line == 1 else column}"


def _unresolved(text: str, asked: Collection[str], hidden: Collection[str]) -> str:
    wanted = [name.lower() for name in asked if name.lower() in hidden] or [name.lower() for name in asked]
    for token in _names(text, wanted):
        return f"{position(text, token.start)}: Column '{token.value.lower()}' {_UNRESOLVED}"
    return f"line 1:1: Column '{wanted[0]}' {_UNRESOLVED}"


def _names(text: str, wanted: Collection[str]) -> Iterator[Token]:
    return (token for token in tokens(text) if token.is_name and token.value.lower() in wanted)
