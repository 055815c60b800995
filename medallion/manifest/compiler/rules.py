"""What a contract demands of a row, as Spark SQL predicates."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from open_data_contract_standard.model import SchemaProperty

from medallion.manifest.compiler.columns import Places
from medallion.manifest.compiler.contract import Contract
from medallion.manifest.compiler.literal import identifier, literal, number, text
from medallion.manifest.compiler.quality import quality_rules
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Column, Rule

_COMPARISONS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_LENGTHS = {"minLength": ">=", "maxLength": "<=", "minItems": ">=", "maxItems": "<="}
# What each logical type may say of its values; `format` and `timezone` choose the Spark type instead.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern", "format"),
    "integer": (*_COMPARISONS, "multipleOf", "format"),
    "number": (*_COMPARISONS, "multipleOf", "format"),
    "date": tuple(_COMPARISONS),
    "timestamp": (*_COMPARISONS, "timezone"),
    "array": ("minItems", "maxItems", "uniqueItems"),
}
_NOT_LIMITS = ("format", "timezone")


def rules(contract: Contract, places: Places, columns: tuple[Column, ...], problems: list[InvalidField]) -> tuple[Rule, ...]:
    """All rules of a silver or gold contract, in the order of its columns, then those of the table."""
    names = [column.name for column in columns]
    found: list[Rule] = []
    for (item, where), column in zip(places, columns, strict=True):
        found.extend(_enum(item, column, where, problems))
        found.extend(_options(item, column, where, problems))
        found.extend(quality_rules(item.quality, column, names, contract.name, where, problems))
    found.extend(quality_rules(contract.table.quality, None, names, contract.name, contract.where, problems))
    _check_names(found, contract.where, problems)
    return tuple(found)


def _check_names(found: Iterable[Rule], where: Location, problems: list[InvalidField]) -> None:
    for name, count in Counter(rule.name for rule in found).items():
        if count > 1:
            problems.append(InvalidField(where, f"{count} rules are called {name!r}; give the entries under quality names of their own"))


def _enum(item: SchemaProperty, column: Column, where: Location, problems: list[InvalidField]) -> Iterator[Rule]:
    if not item.enum:
        return
    values = []
    for position, entry in enumerate(item.enum):
        try:
            values.append(literal(entry.value, column.type))
        except ValueError as error:
            problems.append(InvalidField(where.at("enum", position, "value"), str(error)))
    if values:
        yield Rule(name=f"{column.name}.enum", expression=f"{identifier(column.name)} IN ({', '.join(values)})", columns=(column.name,))


def _options(item: SchemaProperty, column: Column, where: Location, problems: list[InvalidField]) -> Iterator[Rule]:
    valid = _OPTIONS.get(item.logicalType or "", ())
    for name, value in (item.logicalTypeOptions or {}).items():
        place = where.at("logicalTypeOptions", name)
        if name not in valid:
            problems.append(
                UnknownValue(place, name, valid)
                if valid
                else InvalidField(place, f"a {item.logicalType} has no options; write a rule under quality instead")
            )
        elif name not in _NOT_LIMITS:
            try:
                predicate = _predicate(name, value, column)
            except ValueError as error:
                problems.append(InvalidField(place, str(error)))
                continue
            if predicate:
                yield Rule(name=f"{column.name}.{name}", expression=predicate, columns=(column.name,))


def _predicate(name: str, value: Any, column: Column) -> str | None:
    """The predicate of one option; None where the option demands nothing.

    Raises:
        ValueError: The option's value is none that it can have.
    """
    quoted = identifier(column.name)
    if name in _COMPARISONS:
        if isinstance(value, bool):
            raise ValueError(f"{value!r} is no limit; since version 3.0.1 of the standard it is the limit itself")
        return f"{quoted} {_COMPARISONS[name]} {literal(value, column.type)}"
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


__all__ = ["rules"]
