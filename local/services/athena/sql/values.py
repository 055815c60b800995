"""Columns and values of a result as Athena has them, from the types and the JSON of Trino's answers."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.services.athena.trino.types import Type


@dataclass(frozen=True)
class Column:
    """A column of a result, as GetQueryResults describes it.

    Attributes:
        name: As in the header; two columns may have the same.
        type: Athena's name, such as `bigint` or `timestamp with time zone`.
        precision: Digits, or the greatest length of text.
        scale: Digits after the point.
    """

    name: str
    type: str
    precision: int = 0
    scale: int = 0


_PRECISIONS = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "real": 17,
    "double": 17,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "time": 3,
    "time with time zone": 3,
    "varbinary": 1073741824,
}


def column(name: str, kind: Type) -> Column:
    """A column of Trino as Athena describes it."""
    if kind.name in {"decimal", "varchar", "char"}:
        return Column(name, kind.name, *kind.sizes)
    return Column(name, "float" if kind.name == "real" else kind.name, _PRECISIONS.get(kind.name, 0))


def text(value: Any, kind: Type) -> str | None:
    """A value as Athena writes it in its results; None for null.

    Args:
        value: As the client has it; numbers with a fraction are Trino's text, which is Java's as in Athena: `1.0E7`, `NaN`.
        kind: Its type.
    """
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str() if kind.name == "varbinary":
            return base64.b64decode(value, validate=True).hex(" ")
        case list() if kind.name == "row":
            return _row(value, kind)
        case list():
            return "[" + ", ".join(_inside(item, kind.parts[0]) for item in value) + "]"
        case dict():
            return _map(value, kind)
    return str(value)


def _map(value: Mapping[str, Any], kind: Type) -> str:
    # Trino has written the keys as text already, in Java's way.
    return "{" + ", ".join(f"{key}={_inside(item, kind.parts[1])}" for key, item in value.items()) + "}"


def _row(value: Sequence[Any], kind: Type) -> str:
    names = [name if name is not None else f"field{index}" for index, name in enumerate(kind.fields)]
    return "{" + ", ".join(f"{name}={_inside(item, part)}" for name, item, part in zip(names, value, kind.parts, strict=True)) + "}"


def _inside(value: Any, kind: Type) -> str:
    written = text(value, kind)
    return "null" if written is None else written
