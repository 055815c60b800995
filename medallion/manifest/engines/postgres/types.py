"""Postgres's types as Spark reads them over JDBC."""

import re
from typing import TYPE_CHECKING

from medallion.manifest.column_types import LOGICAL_TYPES, WRONG, layer_type
from medallion.manifest.errors import InvalidField, Location, UnknownValue

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

_SIMPLE = {
    "smallint": "smallint",
    "int2": "smallint",
    "smallserial": "smallint",
    "serial2": "smallint",
    "integer": "int",
    "int": "int",
    "int4": "int",
    "serial": "int",
    "serial4": "int",
    "bigint": "bigint",
    "int8": "bigint",
    "bigserial": "bigint",
    "serial8": "bigint",
    # Unsigned: the reader takes it for a number of 20 digits.
    "oid": "decimal(20,0)",
    "real": "float",
    "float4": "float",
    "double precision": "double",
    "float8": "double",
    "boolean": "boolean",
    "bool": "boolean",
    "date": "date",
    "timestamp with time zone": "timestamp",
    "timestamptz": "timestamp",
    "timestamp": "timestamp_ntz",
    "timestamp without time zone": "timestamp_ntz",
    "bytea": "binary",
    # Spark has no type for a time of day: the reader puts it onto 1970-01-01, to the millisecond.
    "time": "timestamp_ntz",
    "time without time zone": "timestamp_ntz",
    "timetz": "timestamp",
    "time with time zone": "timestamp",
    "interval": "string",
    "money": "string",
    "text": "string",
    "character varying": "string",
    "varchar": "string",
    "character": "string",
    "char": "string",
    "bpchar": "string",
    "name": "string",
    "citext": "string",
    "uuid": "string",
    "json": "string",
    "jsonb": "string",
    "xml": "string",
    "inet": "string",
    "cidr": "string",
    "macaddr": "string",
    "macaddr8": "string",
    "tsvector": "string",
    "bit varying": "string",
    "varbit": "string",
}
_LARGEST_PRECISION = 38
_UNBOUNDED = "decimal(38,18)"
TYPES = (*_SIMPLE, "numeric(p,s)")
_PARAMETERS = re.compile(r"\s*\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)")


def postgres_type(column: "SchemaProperty", where: Location, problems: list[InvalidField]) -> str:
    """The type of a column as its source has it: by `physicalType`, or else by `logicalType`."""
    if column.logicalType and column.logicalType not in LOGICAL_TYPES:
        problems.append(UnknownValue(where.at("logicalType"), column.logicalType, LOGICAL_TYPES))
        return WRONG
    if not column.physicalType:
        if not column.logicalType:
            problems.append(InvalidField(where.at("physicalType"), "is missing; it is the source's type, such as numeric(10,2)"))
            return WRONG
        return layer_type(column, where, problems)
    try:
        found = spark_type(column.physicalType)
    except ValueError as error:
        problems.append(InvalidField(where.at("physicalType"), str(error)))
        return WRONG
    if not found:
        problems.append(UnknownValue(where.at("physicalType"), column.physicalType, TYPES))
        return WRONG
    return found


def spark_type(physical: str) -> str | None:
    """The Spark SQL type of a Postgres type, arrays (`text[]`) included; None for one that Postgres does not have of itself.

    Raises:
        ValueError: A number that Spark's decimals can't hold.
    """
    text = " ".join(physical.lower().split())
    if text == "oid[]":
        return "array<bigint>"
    if text.endswith("[]"):
        inner = spark_type(text.removesuffix("[]"))
        # Postgres does not part text[][] from text[], so that a deeper array's depth is not known.
        return f"array<{inner}>" if inner and not inner.startswith("array") else None
    parameters = _PARAMETERS.search(text)
    name = " ".join(_PARAMETERS.sub("", text).split())
    if name in ("numeric", "decimal"):
        return _decimal(physical, parameters)
    if name == "bit":
        return "boolean" if parameters is None or parameters[1] == "1" else "binary"
    return _SIMPLE.get(name)


def _decimal(physical: str, parameters: re.Match[str] | None) -> str:
    if parameters is None:
        return _UNBOUNDED
    precision, scale = int(parameters[1]), int(parameters[2] or 0)
    if not (0 <= scale <= precision <= _LARGEST_PRECISION and precision > 0):
        raise ValueError(
            f"{physical!r} does not fit a decimal of at most {_LARGEST_PRECISION} digits; take it as text: logicalType: string"
        )
    return f"decimal({precision},{scale})"


__all__ = ["TYPES", "postgres_type", "spark_type"]
