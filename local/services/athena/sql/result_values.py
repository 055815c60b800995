"""Values as Athena writes them, from the JSON of Trino's answers."""

import base64
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from local.services.athena.sql.result_types import Type


def text(value: Any, kind: Type) -> str | None:
    """A value as Athena writes it in its results; None for null.

    Raises:
        ValueError: The value is none of its type.
    """
    if value is None:
        return None
    if (write := _WRITERS.get(kind.name)) is not None:
        return write(value, kind)
    if isinstance(value, str):
        return value
    raise ValueError(f"no value of type {kind.name}")


def number(digits: str) -> str:
    """A double or real as Java writes it, from any text of the same digits: `1.0`, `1.0E7`, `NaN`, `Infinity`."""
    value = Decimal(digits)
    if not value.is_finite():
        return "NaN" if value.is_nan() else "-Infinity" if value.is_signed() else "Infinity"
    if value.is_zero():
        return "-0.0" if value.is_signed() else "0.0"
    sign, places, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("a number without digits")
    significant = "".join(map(str, places)).rstrip("0")
    point = len(places) + exponent
    minus = "-" if sign else ""
    # Java writes 10^-3 to 10^7 without an exponent.
    if -3 < point <= 7:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{significant}"
        whole = significant[:point].ljust(point, "0")
        return f"{minus}{whole}.{significant[point:] or '0'}"
    return f"{minus}{significant[0]}.{significant[1:] or '0'}E{point - 1}"


def _floating(value: Any, kind: Type) -> str:
    # What JSON has no number for comes as text, and a client may keep the text of the others.
    return number(str(value))


def _boolean(value: Any, kind: Type) -> str:
    return "true" if value else "false"


def _integer(value: Any, kind: Type) -> str:
    return str(int(value))


def _bytes(value: Any, kind: Type) -> str:
    return base64.b64decode(value, validate=True).hex(" ")


def _array(value: Sequence[Any], kind: Type) -> str:
    return "[" + ", ".join(_inside(item, kind.parts[0]) for item in value) + "]"


def _map(value: Mapping[str, Any], kind: Type) -> str:
    # Trino has written the keys as text already, in Java's way.
    return "{" + ", ".join(f"{key}={_inside(item, kind.parts[1])}" for key, item in value.items()) + "}"


def _row(value: Sequence[Any], kind: Type) -> str:
    names = [name if name is not None else f"field{index}" for index, name in enumerate(kind.fields)]
    return "{" + ", ".join(f"{name}={_inside(item, part)}" for name, item, part in zip(names, value, kind.parts, strict=True)) + "}"


def _inside(value: Any, kind: Type) -> str:
    written = text(value, kind)
    return "null" if written is None else written


_WRITERS: dict[str, Callable[[Any, Type], str]] = {
    "boolean": _boolean,
    "tinyint": _integer,
    "smallint": _integer,
    "integer": _integer,
    "bigint": _integer,
    "real": _floating,
    "double": _floating,
    "varbinary": _bytes,
    "array": _array,
    "map": _map,
    "row": _row,
}
