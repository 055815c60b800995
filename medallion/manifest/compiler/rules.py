"""What a contract demands of its rows and of the table, as Spark SQL."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from open_data_contract_standard.model import SchemaProperty

from medallion.manifest.column_types import layer_type
from medallion.manifest.compiler.columns import Places
from medallion.manifest.compiler.contract import Contract
from medallion.manifest.compiler.quality import quality
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column, Measure, Rule
from medallion.manifest.spark_sql import identifier, literal, number, text

_COMPARISONS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_LENGTHS = {"minLength": ">=", "maxLength": "<=", "minItems": ">=", "maxItems": "<="}
# What each logical type may say of its values; `timezone` and a number's `format` choose the Spark type instead.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": (*_COMPARISONS, "multipleOf", "format"),
    "number": (*_COMPARISONS, "multipleOf", "format"),
    "date": tuple(_COMPARISONS),
    "timestamp": (*_COMPARISONS, "timezone"),
    "array": ("minItems", "maxItems", "uniqueItems"),
}
_HEX = "[0-9A-Fa-f]{1,4}"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
# What a text of a format looks like; those without a pattern tell people what is in it, and say nothing of how it looks.
FORMATS: dict[str, str | None] = {
    "email": r"^[^@\s]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$",
    "uuid": r"^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$",
    "hostname": r"^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$",
    "ipv4": rf"^{_V4}$",
    "ipv6": rf"^(?:(?:{_HEX}:){{6}}(?:{_HEX}:{_HEX}|{_V4})|(?=(?:[^:]*:){{2,7}}[^:]*$|{_HEX}(?::{_HEX}){{6}}::$|::{_HEX}(?::{_HEX}){{6}}$)"
    rf"(?!.*::.*::)(?:{_HEX}(?::{_HEX})*)?::(?:(?:{_HEX}:)*(?:{_HEX}|{_V4}))?)$",
    "password": None,
    "byte": None,
    "binary": None,
}
_WHOLE = "a column is taken as a whole; say it of the column, or make a column of what is in it"
# What the standard lets a field within another say, and has no effect there.
_NOT_WITHIN = (
    "classification", "partitioned", "primaryKey", "quality", "relationships", "transformLogic", "transformSourceObjects", "unique",
)  # fmt: skip

# Makes a condition on a nested value one on the whole row.
type _Wrap = Callable[[str], str]


class Demands(NamedTuple):
    """What a contract demands: of each row, and of the table as a whole."""

    rules: tuple[Rule, ...]
    measures: tuple[Measure, ...]


def demands(contract: Contract, places: Places, columns: tuple[Column, ...], problems: list[InvalidField]) -> Demands:
    """All rules and measures of a silver or gold contract, in the order of its columns, then those of the table."""
    found: list[Rule | Measure] = []
    for (item, where), column in zip(places, columns, strict=True):
        for name, condition in _limits(item, identifier(column.name), column.type, where, problems):
            found.append(Rule(name=f"{column.name}.{name}", expression=condition, columns=(column.name,)))
        for name, condition in _within(item, identifier(column.name), where, problems):
            found.append(Rule(name=f"{column.name}{name}", expression=condition, columns=(column.name,)))
        found.extend(quality(item.quality, column, columns, contract.name, where, problems))
    found.extend(quality(contract.table.quality, None, columns, contract.name, contract.where, problems))
    _check_names(found, contract.where, problems)
    return Demands(tuple(one for one in found if isinstance(one, Rule)), tuple(one for one in found if isinstance(one, Measure)))


def _check_names(found: Iterable[Rule | Measure], where: Location, problems: list[InvalidField]) -> None:
    for name, count in Counter(rule.name for rule in found).items():
        if count > 1:
            problems.append(InvalidField(where, f"{count} rules are called {name!r}; give the entries under quality names of their own"))


def _within(item: SchemaProperty, value: str, where: Location, problems: list[InvalidField], depth: int = 0) -> Iterator[tuple[str, str]]:
    """The conditions on what is in an object, an array or a map, each with what its name ends with."""
    for name, part, place, inner, wrap in _parts(item, value, where, f"e{depth}"):
        for forbidden in _NOT_WITHIN:
            if getattr(part, forbidden):
                problems.append(InvalidField(place.at(forbidden), f"has no effect within another: {_WHOLE}"))
        if part.required:
            there = f"{inner} IS NOT NULL" if item.logicalType != "object" else f"({value} IS NULL OR {inner} IS NOT NULL)"
            yield f"{name}.required", wrap(there)
        # What is wrong with the type is told where the type is made.
        for kind, condition in _limits(part, inner, layer_type(part, place, []), place, problems):
            yield f"{name}.{kind}", wrap(condition)
        for deeper, condition in _within(part, inner, place, problems, depth + 1):
            yield f"{name}{deeper}", wrap(condition)


def _parts(item: SchemaProperty, value: str, where: Location, element: str) -> Iterator[tuple[str, SchemaProperty, Location, str, _Wrap]]:
    """What is in a value: name, what the contract says of it and where, its SQL, and what makes a condition on it one on the value."""

    def for_all(values: str) -> _Wrap:
        return lambda condition: f"forall({values}, {element} -> {condition})"

    if item.logicalType == "object":
        for position, field in enumerate(item.properties or ()):
            yield f".{field.name}", field, where.at("properties", position), f"{value}.{identifier(field.name or '')}", lambda one: one
    elif item.logicalType == "array" and item.items is not None:
        yield "[]", item.items, where.at("items"), element, for_all(value)
    elif item.logicalType == "map" and item.map is not None:
        for name, part in (("key", item.map.key), ("value", item.map.value)):
            if part is not None:
                yield f".{name}", part, where.at("map", name), element, for_all(f"map_{name}s({value})")


def _limits(item: SchemaProperty, value: str, type_: str, where: Location, problems: list[InvalidField]) -> Iterator[tuple[str, str]]:
    """The conditions on one value, by name."""
    yield from _enum(item, value, type_, where, problems)
    yield from _options(item, value, type_, where, problems)


def _enum(item: SchemaProperty, value: str, type_: str, where: Location, problems: list[InvalidField]) -> Iterator[tuple[str, str]]:
    if not item.enum:
        return
    values = []
    for position, entry in enumerate(item.enum):
        try:
            values.append(literal(entry.value, type_))
        except ValueError as error:
            problems.append(InvalidField(where.at("enum", position, "value"), str(error)))
    if values:
        yield "enum", f"{value} IN ({', '.join(values)})"


def _options(item: SchemaProperty, value: str, type_: str, where: Location, problems: list[InvalidField]) -> Iterator[tuple[str, str]]:
    logical = item.logicalType or ""
    valid = _OPTIONS.get(logical, ())
    for name, given in (item.logicalTypeOptions or {}).items():
        place = where.at("logicalTypeOptions", name)
        if name not in valid:
            problems.append(
                UnknownValue(place, name, valid)
                if valid
                else InvalidField(place, f"a {item.logicalType} has no options; write a rule under quality instead")
            )
        elif name == "format" and logical == "string":
            if given not in FORMATS:
                problems.append(UnknownValue(place, str(given), FORMATS))
            elif pattern := FORMATS[given]:
                yield name, f"{value} RLIKE {text(pattern)}"
        elif name not in ("format", "timezone"):
            try:
                predicate = _predicate(name, given, value, type_)
            except ValueError as error:
                problems.append(InvalidField(place, str(error)))
                continue
            if predicate:
                yield name, predicate


def _predicate(name: str, value: Any, quoted: str, type_: str) -> str | None:
    """The predicate of one option; None where the option demands nothing.

    Raises:
        ValueError: The option's value is none that it can have.
    """
    if name in _COMPARISONS:
        if isinstance(value, bool):
            raise ValueError(f"{value!r} is no limit; since version 3.0.1 of the standard it is the limit itself")
        return f"{quoted} {_COMPARISONS[name]} {literal(value, type_)}"
    if name in _LENGTHS:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{value!r} must be a whole number, 0 or more")
        return f"{'length' if name.endswith('Length') else 'size'}({quoted}) {_LENGTHS[name]} {value}"
    if name == "multipleOf":
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ValueError(f"{value!r} must be a number above 0")
        return f"{quoted} % {number(value)} = 0"
    if name == "uniqueItems":
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is not true or false")
        return f"size(array_distinct({quoted})) = size({quoted})" if value else None
    if not isinstance(value, str):
        raise ValueError(f"{value!r} must be text")
    return f"{quoted} RLIKE {text(value)}"


__all__ = ["FORMATS", "Demands", "demands"]
