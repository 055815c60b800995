"""One value of a model's answer, held against the type and the checks of its field."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from medallion.manifest.model import ExtractedField

type Value = str | int | float | bool | Decimal | date | datetime
type Json = dict[str, Json] | list[Json] | str | int | Decimal | bool | None

_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_BIGINT = 2**63


class BadValue(Exception):
    """A value is none of its field's; its text is a reason code, then what would be right, without the value."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


def parsed(field: ExtractedField, value: Json) -> Value:
    """A value as its column has it.

    Args:
        field: The field.
        value: As JSON has it, its numbers read as int or Decimal; not null.

    Raises:
        BadValue: It is of another type, or breaks a check.
    """
    kind = "decimal" if field.type.startswith("decimal") else field.type
    result = _PARSERS[kind](field, value)
    if field.choices and str(value) not in {choice.value for choice in field.choices}:
        raise BadValue("enum", f"must be one of {', '.join(choice.value for choice in field.choices)}")
    if field.pattern is not None and not re.fullmatch(field.pattern, str(value)):
        raise BadValue("pattern", f"must match {field.pattern}")
    for bound, below in ((field.minimum, True), (field.maximum, False)):
        if bound is not None and _outside(field, result, bound, below=below):
            raise BadValue("range", f"must be {'at least' if below else 'at most'} {bound}")
    return result


def _outside(field: ExtractedField, value: Value, bound: str, *, below: bool) -> bool:
    if isinstance(value, (date, datetime)):
        limit: Value = _PARSERS[field.type](field, bound)
        return value < limit if below else value > limit  # type: ignore[operator]
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value)) < Decimal(bound) if below else Decimal(str(value)) > Decimal(bound)
    return value < bound if below else value > bound


def _string(_: ExtractedField, value: Json) -> str:
    # A lone surrogate can be written in JSON and in no file.
    if not isinstance(value, str) or any("\ud800" <= one <= "\udfff" for one in value):
        raise BadValue("type", "must be a text")
    return value


def _boolean(_: ExtractedField, value: Json) -> bool:
    if not isinstance(value, bool):
        raise BadValue("type", "must be true or false")
    return value


def _number(value: Json, what: str) -> Decimal:
    # A decimal may be written as a text, so that no digit is lost on the way.
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise BadValue("type", f"must be {what}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadValue("type", f"must be {what}")
    # An exponent of a million is four bytes of JSON and a million digits.
    if abs(number.adjusted()) > 400 and number:
        raise BadValue("range", "has too many digits")
    return number


def _bigint(_: ExtractedField, value: Json) -> int:
    if isinstance(value, str):
        raise BadValue("type", "must be a whole number")
    number = _number(value, "a whole number")
    if number != number.to_integral_value():
        raise BadValue("type", "must be a whole number")
    if not -_BIGINT <= number < _BIGINT:
        raise BadValue("range", "must be a whole number of 64 bits")
    return int(number)


def _double(_: ExtractedField, value: Json) -> float:
    if isinstance(value, str):
        raise BadValue("type", "must be a number")
    number = float(_number(value, "a number"))
    if number in (float("inf"), float("-inf")):
        raise BadValue("range", "has too many digits")
    return number


def _decimal(field: ExtractedField, value: Json) -> Decimal:
    number = _number(value, "a number")
    match = _DECIMAL.fullmatch(field.type)
    precision, scale = (int(match[1]), int(match[2])) if match else (38, 18)
    try:
        exact = number.quantize(Decimal(1).scaleb(-scale))
    except InvalidOperation:
        exact = Decimal("NaN")
    if exact != number or (exact and exact.adjusted() >= precision - scale):
        raise BadValue("range", f"must fit {field.type}")
    return exact


def _date(_: ExtractedField, value: Json) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise BadValue("type", "must be a date such as 2026-01-31")


def _timestamp(_: ExtractedField, value: Json) -> datetime:
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", value, re.ASCII):
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise BadValue("type", "must be a time such as 2026-01-31T12:00:00Z; without a zone it is UTC")


_PARSERS: dict[str, Callable[[ExtractedField, Json], Value]] = {
    "string": _string,
    "boolean": _boolean,
    "bigint": _bigint,
    "double": _double,
    "decimal": _decimal,
    "date": _date,
    "timestamp": _timestamp,
}
