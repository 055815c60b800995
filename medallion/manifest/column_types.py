"""The standard's logical types as Spark SQL types."""

import re
from typing import TYPE_CHECKING

from medallion.manifest.errors import InvalidField, Location, UnknownValue

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

# What stands first is taken where nothing else is said; the others are chosen by `physicalType`.
EXACT: dict[str, tuple[str, ...]] = {
    "string": ("string", "binary"),
    "integer": ("bigint", "int", "smallint", "tinyint"),
    "number": ("decimal(p,s)", "double", "float"),
    "boolean": ("boolean",),
    "date": ("date",),
    "timestamp": ("timestamp", "timestamp_ntz"),
    "time": ("string",),
}
LOGICAL_TYPES = (*EXACT, "object", "array", "map")
_FORMATS = {
    "integer": {"i8": "tinyint", "i16": "smallint", "i32": "int", "i64": "bigint"},
    "number": {"f32": "float", "f64": "double"},
}
_DECIMAL = re.compile(r"^decimal\((\d+),(\d+)\)$")
OWN_FIELD = re.compile(r"^[a-z][a-z0-9_]*$")
# A column whose type is wrong is told once; what is made from it is still looked at.
WRONG = "string"


def layer_type(column: "SchemaProperty", where: Location, problems: list[InvalidField], field: re.Pattern[str] = OWN_FIELD) -> str:
    """The type of a silver or gold column: by `logicalType`, made exact by `physicalType` or `logicalTypeOptions`.

    Args:
        column: The column.
        where: Its place.
        problems: What is wrong is added here.
        field: What an object's fields may be called.
    """
    logical = column.logicalType
    if not logical:
        problems.append(InvalidField(where.at("logicalType"), f"is missing; it is one of {', '.join(sorted(LOGICAL_TYPES))}"))
        return WRONG
    if logical not in LOGICAL_TYPES:
        problems.append(UnknownValue(where.at("logicalType"), logical, LOGICAL_TYPES))
        return WRONG
    if logical in ("object", "array", "map"):
        return _nested(column, where, problems, field)
    return _exact(column, logical, where, problems)


def _exact(column: "SchemaProperty", logical: str, where: Location, problems: list[InvalidField]) -> str:
    options = column.logicalTypeOptions or {}
    by_format = None
    if logical in _FORMATS and "format" in options:
        valid = _FORMATS[logical]
        by_format = valid.get(str(options["format"]))
        if not by_format:
            problems.append(UnknownValue(where.at("logicalTypeOptions", "format"), str(options["format"]), valid))
            return WRONG
    if logical == "timestamp" and options.get("timezone") is False:
        by_format = "timestamp_ntz"
    if column.physicalType:
        return _physical(column.physicalType, logical, by_format, where.at("physicalType"), problems)
    if by_format:
        return by_format
    if logical == "number":
        problems.append(
            InvalidField(
                where.at("physicalType"), "is missing; a number says how exact it is: physicalType: decimal(12,2), double or float"
            )
        )
        return WRONG
    return EXACT[logical][0]


def _physical(physical: str, logical: str, by_format: str | None, where: Location, problems: list[InvalidField]) -> str:
    text = "".join(physical.lower().split())
    decimal = _DECIMAL.match(text)
    if logical == "number" and decimal:
        if not (0 < int(decimal[1]) <= 38 and int(decimal[2]) <= int(decimal[1])):
            problems.append(InvalidField(where, f"{physical!r}: a decimal has 1 to 38 digits, and not more behind the point than in all"))
    elif text not in EXACT[logical] or "(" in text:
        problems.append(UnknownValue(where, physical, EXACT[logical]))
        return WRONG
    if by_format and by_format != text:
        problems.append(InvalidField(where, f"{physical!r} contradicts logicalTypeOptions, which say {by_format}; leave one of them out"))
    return text


def _nested(column: "SchemaProperty", where: Location, problems: list[InvalidField], named: re.Pattern[str]) -> str:
    if column.logicalType == "object":
        if not column.properties:
            problems.append(InvalidField(where.at("properties"), "is missing; an object lists its fields"))
            return WRONG
        fields = []
        for position, field in enumerate(column.properties):
            place = where.at("properties", position)
            if not named.match(field.name or ""):
                letters = "lower-case letters" if named is OWN_FIELD else "letters"
                problems.append(InvalidField(place.at("name"), f"{field.name!r}: a field has {letters}, digits and underscores"))
            fields.append(f"{field.name}:{layer_type(field, place, problems, named)}")
        return f"struct<{','.join(fields)}>"
    if column.logicalType == "array":
        if not column.items:
            problems.append(InvalidField(where.at("items"), "is missing; an array says of what it is"))
            return WRONG
        return f"array<{layer_type(column.items, where.at('items'), problems, named)}>"
    if not (column.map and column.map.key and column.map.value):
        problems.append(InvalidField(where.at("map"), "is missing; a map has a key and a value"))
        return WRONG
    key = layer_type(column.map.key, where.at("map", "key"), problems, named)
    return f"map<{key},{layer_type(column.map.value, where.at('map', 'value'), problems, named)}>"


__all__ = ["EXACT", "LOGICAL_TYPES", "OWN_FIELD", "WRONG", "layer_type"]
