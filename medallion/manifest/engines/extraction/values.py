"""A value that a contract writes, as its type has it and as JSON writes it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_DECIMAL = re.compile(r"^decimal\((\d+),(\d+)\)$")
_LONGEST = 2**63

type Value = str | bool | int | Decimal | float | date | datetime


def value_of(written: Any, type_: str) -> Value:
    """A value of a contract as its type has it.

    Args:
        written: As YAML has it.
        type_: The field's type.

    Raises:
        ValueError: It is none of the type.
    """
    match type_:
        case "string":
            if not isinstance(written, str) or not written.strip():
                raise ValueError(f"{written!r} is no text; put it in quotes")
            return written
        case "boolean":
            if not isinstance(written, bool):
                raise ValueError(f"{written!r} is not true or false")
            return written
        case "bigint":
            if isinstance(written, bool) or not isinstance(written, int) or not -_LONGEST <= written < _LONGEST:
                raise ValueError(f"{written!r} is no whole number of 64 bits")
            return written
        case "date":
            return _date(written)
        case "timestamp":
            return _moment(written)
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise ValueError(f"{written!r} is no number")
    return _number(Decimal(str(written)), type_)


def _number(value: Decimal, type_: str) -> Decimal:
    if not value.is_finite():
        raise ValueError(f"{value} is no finite number")
    if match := _DECIMAL.match(type_):
        digits, scale = int(match[1]), int(match[2])
        exponent = value.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > scale or value.adjusted() >= digits - scale:
            raise ValueError(f"{value} is no {type_}")
    return value


def _date(written: Any) -> date:
    problem = f"{written!r} is no date, such as '2026-01-31'"
    if not isinstance(written, str):
        raise ValueError(problem)
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(problem) from None


def _moment(written: Any) -> datetime:
    problem = f"{written!r} is no timestamp, such as '2026-01-31T12:00:00Z'"
    if not isinstance(written, str):
        raise ValueError(problem)
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(problem) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def text_of(value: Value) -> str:
    """A value as JSON writes it, a text without its quotes."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
    return str(value)


__all__ = ["Value", "text_of", "value_of"]
