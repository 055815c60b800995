"""Types and values as Athena names and writes them."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

VARCHAR_LENGTH = 2147483647
VARBINARY_LENGTH = 1073741824


class DuckType(Protocol):
    """The part of DuckDB's Python types that is used here."""

    @property
    def id(self) -> str:
        """The type's name without parameters, such as `decimal`."""
        ...

    @property
    def children(self) -> list[tuple[str, Any]]:
        """Its parameters or parts; only a type that has some may be asked."""
        ...


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


_SCALARS = {
    "boolean": ("boolean", 0),
    "tinyint": ("tinyint", 3),
    "smallint": ("smallint", 5),
    "integer": ("integer", 10),
    "bigint": ("bigint", 19),
    # DuckDB widens sums of whole numbers; Athena's stay bigint.
    "hugeint": ("bigint", 19),
    "ubigint": ("bigint", 19),
    "uinteger": ("bigint", 19),
    "utinyint": ("integer", 10),
    "usmallint": ("integer", 10),
    "float": ("float", 17),
    "double": ("double", 17),
    "varchar": ("varchar", VARCHAR_LENGTH),
    "date": ("date", 0),
    "timestamp": ("timestamp", 3),
    "timestamp_s": ("timestamp", 3),
    "timestamp_ms": ("timestamp", 3),
    "timestamp with time zone": ("timestamp with time zone", 3),
    "blob": ("varbinary", VARBINARY_LENGTH),
    "uuid": ("uuid", 0),
    "list": ("array", 0),
    "array": ("array", 0),
    "map": ("map", 0),
    "struct": ("row", 0),
    "interval": ("interval day to second", 0),
}

_NESTED = frozenset({"list", "array", "map", "struct"})
_FRACTIONS = {"timestamp": 6, "timestamp_s": 0, "timestamp_ms": 3, "timestamp with time zone": 6}


def column(name: str, kind: DuckType) -> Column:
    """A DuckDB column as Athena describes it; a type that Athena lacks is varchar."""
    if kind.id == "decimal":
        sizes = dict(kind.children)
        return Column(name, "decimal", int(sizes["precision"]), int(sizes["scale"]))
    if str(kind) == "JSON":
        return Column(name, "json")
    athena, precision = _SCALARS.get(kind.id, ("varchar", VARCHAR_LENGTH))
    return Column(name, athena, precision)


def projection(column_name: str, kind: DuckType) -> str:
    """The SQL that fetches a column without loss; timestamps with a zone become UTC's wall clock."""
    if kind.id in _FRACTIONS or (kind.id in _NESTED and "TIMESTAMP" in str(kind)):
        plain = str(kind).replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP")
        return f"CAST({column_name} AS {plain})"
    return column_name


def text(value: Any, kind: DuckType) -> str | None:
    """A value as Athena writes it; None for null."""
    if value is None:
        return None
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return number(value, single=kind.id == "float")
        case Decimal():
            return f"{value:f}"
        case datetime():
            return _timestamp(value, kind)
        case date():
            return value.isoformat()
        case bytes():
            return value.hex(" ")
        case _ if kind.id in _NESTED:
            return _parts(value, kind)
        case _:
            return str(value)


def number(value: float, *, single: bool = False) -> str:
    """A double as Java writes it: `1.0`, `1.0E7`, `NaN`, `Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    shortest = _shortest_single(value) if single else repr(value)
    sign, digits, exponent = Decimal(shortest).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value!r} has no digits")
    significant = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + exponent
    minus = "-" if sign else ""
    if -3 < point <= 7:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{significant}"
        whole = significant[:point].ljust(point, "0")
        return f"{minus}{whole}.{significant[point:] or '0'}"
    return f"{minus}{significant[0]}.{significant[1:] or '0'}E{point - 1}"


def _shortest_single(value: float) -> str:
    for digits in range(1, 10):
        shown = f"{value:.{digits}g}"
        if struct.pack("f", float(shown)) == struct.pack("f", value):
            return shown
    return repr(value)


def _timestamp(value: datetime, kind: DuckType) -> str:
    digits = _FRACTIONS.get(kind.id, 6)
    seconds = value.strftime("%H:%M:%S")
    fraction = f".{value.microsecond:06d}"[: digits + 1] if digits else ""
    zone = " UTC" if kind.id == "timestamp with time zone" else ""
    return f"{value.date().isoformat()} {seconds}{fraction}{zone}"


def _parts(value: Any, kind: DuckType) -> str:
    if kind.id == "struct":
        return "{" + ", ".join(_fields(value, kind)) + "}"
    if kind.id == "map":
        key_type, value_type = _part(kind, "key"), _part(kind, "value")
        return "{" + ", ".join(f"{_nested(key, key_type)}={_nested(item, value_type)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(_nested(item, kind.children[0][1]) for item in value) + "]"


def _nested(value: Any, kind: DuckType) -> str:
    shown = text(value, kind)
    return "null" if shown is None else shown


def _part(kind: DuckType, name: str) -> DuckType:
    part: DuckType = dict(kind.children)[name]
    return part


def _fields(value: Mapping[str, Any] | Sequence[Any], kind: DuckType) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name}={_nested(value[name], child)}" for name, child in kind.children]
    return [f"field{index}={_nested(item, child)}" for index, (item, (_, child)) in enumerate(zip(value, kind.children, strict=True))]
