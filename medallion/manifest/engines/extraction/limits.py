"""What values a field may have: choices, a pattern, a range, and examples, each held against the field's type."""

import re
from typing import TYPE_CHECKING, Any, TypedDict

from medallion.manifest.engines.extraction.values import Value, text_of, value_of
from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.model import Choice

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

_RANGE = ("minimum", "maximum")
# What the contract's `logicalTypeOptions` may say of a field.
OPTIONS: dict[str, tuple[str, ...]] = {
    "string": ("pattern",),
    "integer": _RANGE,
    "number": _RANGE,
    "date": _RANGE,
    "timestamp": _RANGE,
}


class Limits(TypedDict):
    """The attributes of an `ExtractedField` that say what values it has."""

    choices: tuple[Choice, ...]
    pattern: str | None
    minimum: str | None
    maximum: str | None
    examples: tuple[str, ...]


def limits_of(item: "SchemaProperty", type_: str, where: Location, problems: list[InvalidField]) -> Limits:
    """What a contract says of a field's values; what is wrong is added to the problems.

    Args:
        item: The field's column.
        type_: Its type.
        where: Its place.
        problems: What is wrong.
    """
    options = _options(item, where, problems)
    pattern = _pattern(options, where, problems)
    ends = {name: end for name in _RANGE if (end := _end(name, options, type_, where, problems)) is not None}
    least, most = (ends.get(name) for name in _RANGE)
    if least is not None and most is not None and least > most:  # type: ignore[operator]
        problems.append(InvalidField(where.at("logicalTypeOptions"), f"minimum {text_of(least)} is above maximum {text_of(most)}"))
    choices = _choices(item, type_, pattern, where, problems)
    return Limits(
        choices=choices,
        pattern=pattern,
        minimum=text_of(least) if least is not None else None,
        maximum=text_of(most) if most is not None else None,
        examples=_examples(item, type_, choices, pattern, (least, most), where, problems),
    )


def _options(item: "SchemaProperty", where: Location, problems: list[InvalidField]) -> dict[str, Any]:
    valid = OPTIONS.get(item.logicalType or "", ())
    options = item.logicalTypeOptions or {}
    for name in options:
        if name not in valid:
            place = where.at("logicalTypeOptions", name)
            problems.append(
                UnknownValue(place, name, valid) if valid else InvalidField(place, f"a {item.logicalType} that is extracted has no options")
            )
    return {name: value for name, value in options.items() if name in valid}


def _pattern(options: dict[str, Any], where: Location, problems: list[InvalidField]) -> str | None:
    pattern = options.get("pattern")
    if pattern is None:
        return None
    place = where.at("logicalTypeOptions", "pattern")
    if not isinstance(pattern, str) or not pattern:
        problems.append(InvalidField(place, f"{pattern!r} must be text: a regular expression that the whole value matches"))
        return None
    try:
        re.compile(pattern)
    except re.error as error:
        problems.append(InvalidField(place, f"{pattern!r} is no regular expression of Python: {error}"))
        return None
    return pattern


def _end(name: str, options: dict[str, Any], type_: str, where: Location, problems: list[InvalidField]) -> Value | None:
    if name not in options:
        return None
    try:
        return value_of(options[name], type_)
    except ValueError as error:
        problems.append(InvalidField(where.at("logicalTypeOptions", name), str(error)))
        return None


def _choices(item: "SchemaProperty", type_: str, pattern: str | None, where: Location, problems: list[InvalidField]) -> tuple[Choice, ...]:
    if item.enum and type_ != "string":
        problems.append(InvalidField(where.at("enum"), f"is of a string, and {item.name} is {type_}; a number or a time has a range"))
        return ()
    found: dict[str, Choice] = {}
    for position, entry in enumerate(item.enum or ()):
        place = where.at("enum", position, "value")
        try:
            value = text_of(value_of(entry.value, type_))
        except ValueError as error:
            problems.append(InvalidField(place, str(error)))
            continue
        if value in found:
            problems.append(InvalidField(place, f"{value!r} appears twice"))
        elif pattern is not None and not re.fullmatch(pattern, value):
            problems.append(InvalidField(place, f"{value!r} does not match the field's own pattern {pattern!r}"))
        found[value] = Choice(value=value, description=" ".join((entry.description or "").split()))
    return tuple(found.values())


def _examples(
    item: "SchemaProperty",
    type_: str,
    choices: tuple[Choice, ...],
    pattern: str | None,
    ends: tuple[Any, Any],
    where: Location,
    problems: list[InvalidField],
) -> tuple[str, ...]:
    found = []
    for position, written in enumerate(item.examples or ()):
        place = where.at("examples", position)
        try:
            value = value_of(written, type_)
        except ValueError as error:
            problems.append(InvalidField(place, str(error)))
            continue
        text = text_of(value)
        if choices and text not in (valid := [choice.value for choice in choices]):
            problems.append(UnknownValue(place, text, valid))
        elif pattern is not None and not re.fullmatch(pattern, text):
            problems.append(InvalidField(place, f"{text!r} does not match the field's own pattern {pattern!r}"))
        elif (ends[0] is not None and value < ends[0]) or (ends[1] is not None and value > ends[1]):
            problems.append(InvalidField(place, f"{text} is outside the field's own range"))
        found.append(text)
    return tuple(found)


__all__ = ["OPTIONS", "Limits", "limits_of"]
