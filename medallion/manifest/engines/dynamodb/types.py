"""The types of a DynamoDB table's attributes, which have no types but what each item says."""

import re
from typing import TYPE_CHECKING

from medallion.manifest.column_types import LOGICAL_TYPES, layer_type
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

# What a key may be: S, N or B.
KEY_TYPES = ("string", "bigint", "int", "decimal", "binary")
_UNKNOWN_TO_DYNAMODB = ("date", "timestamp", "time")
_LEAST = ("smallint", "tinyint", "float")
_FIELD = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


def dynamodb_type(column: "SchemaProperty", where: Location, problems: list[InvalidField]) -> str:
    """The Spark SQL type of an attribute: as a silver column has it, by `logicalType`, and by `physicalType` where a number needs it.

    Sets and lists are arrays, maps are objects or maps. A time is text or a number here; silver makes a timestamp of it.
    """
    before = len(problems)
    _check(column, where, problems)
    return layer_type(column, where, problems, field=_FIELD) if len(problems) == before else "string"


def check_export_key(columns: tuple[Column, ...], key: tuple[str, ...], where: Location, problems: list[InvalidField]) -> None:
    """That an export has DynamoDB's own key, of types that a key may have."""
    if not 1 <= len(key) <= 2:
        problems.append(
            InvalidField(
                where.at("properties"),
                f"{len(key)} columns have primaryKey: true; an export needs DynamoDB's own key: the partition key, and the sort key if there is one",
            )
        )
    for one in columns:
        if one.name in key and not one.type.startswith(KEY_TYPES):
            problems.append(InvalidField(where.at("properties"), f"{one.name} is {one.type}; a key is text, a number or binary"))


def _check(column: "SchemaProperty", where: Location, problems: list[InvalidField]) -> None:
    logical = column.logicalType
    valid = tuple(name for name in LOGICAL_TYPES if name not in _UNKNOWN_TO_DYNAMODB)
    if logical in _UNKNOWN_TO_DYNAMODB:
        problems.append(
            InvalidField(
                where.at("logicalType"),
                f"DynamoDB has no {logical}; take it as it is there, string or integer, and make a {logical} of it in the silver contract",
            )
        )
    elif logical is not None and logical not in valid:
        problems.append(UnknownValue(where.at("logicalType"), logical, valid))
    if (column.physicalType or "").strip().lower() in _LEAST:
        problems.append(
            InvalidField(where.at("physicalType"), f"{column.physicalType!r}: take a number as bigint, int, decimal(p,s) or double")
        )
    if logical == "map" and column.map and column.map.key and column.map.key.logicalType != "string":
        problems.append(InvalidField(where.at("map", "key"), "must be a string: a map's keys are text"))
    for position, field in enumerate(column.properties or ()):
        _check(field, where.at("properties", position), problems)
    if column.items:
        _check(column.items, where.at("items"), problems)
    if column.map and column.map.value:
        _check(column.map.value, where.at("map", "value"), problems)


__all__ = ["KEY_TYPES", "dynamodb_type"]
