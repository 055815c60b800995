"""Values and names as Spark SQL that means exactly them."""

import json
from datetime import date, datetime
from decimal import Decimal


def identifier(name: str) -> str:
    """A column's name in backticks; contracts allow no `${` in one, for which Spark would put a setting even there."""
    return "`" + name.replace("`", "``") + "`"


def text(value: str) -> str:
    """A string literal; Spark reads backslashes in it, and puts settings in for `${…}`."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{")
    return f"'{escaped}'"


def number(value: float | Decimal) -> str:
    """A number without an exponent, so that Spark takes it as an exact decimal and not as a double."""
    if isinstance(value, bool):
        raise TypeError("a boolean is no number")
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise ValueError(f"{value} is no finite number")
    return f"{exact:f}"


def literal(value: object, type_: str) -> str:
    """A contract's value as a literal that compares with a column of that Spark type.

    Raises:
        ValueError: It is no value of the type.
    """
    if type_ == "string":
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text; put it in quotes")
        return text(value)
    if type_ in ("date", "timestamp", "timestamp_ntz"):
        return _time(value, type_)
    if type_ == "boolean":
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is not true or false")
        return json.dumps(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return number(value)


def _time(value: object, type_: str) -> str:
    try:
        parsed = date.fromisoformat(str(value)) if type_ == "date" else datetime.fromisoformat(str(value))
    except ValueError as error:
        example = "'2017-01-31'" if type_ == "date" else "'2017-01-31T12:00:00'"
        raise ValueError(f"{value!r} is no {type_}, such as {example}") from error
    if type_ == "timestamp_ntz" and isinstance(parsed, datetime) and parsed.tzinfo:
        raise ValueError(f"{value!r} has a time zone, and the column has none")
    return f"{type_.upper()}'{parsed.isoformat()}'"


__all__ = ["identifier", "literal", "number", "text"]
