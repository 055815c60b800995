"""The type of JSON values as Glue's classifier writes it: `struct<…>`, `array<…>`, and the widest of what was seen."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

LARGEST_INT = 2**31
_WIDER = {("int", "bigint"), ("int", "double"), ("bigint", "double")}


@dataclass(frozen=True)
class Seen:
    """A type so far.

    Attributes:
        plain: A plain type; empty where there was only null, or something nested.
        fields: Of a struct, by name in the order of appearance; None for no struct.
        element: Of an array; None for no array.
    """

    plain: str = ""
    fields: dict[str, "Seen"] | None = None
    element: "Seen | None" = field(default=None)

    def written(self) -> str:
        """The type as a table of the catalog has it."""
        if self.fields is not None:
            return "struct<" + ",".join(f"{name}:{seen.written()}" for name, seen in self.fields.items()) + ">"
        if self.element is not None:
            return f"array<{self.element.written()}>"
        return self.plain or "string"


def seen(value: Any) -> Seen:
    """The type of one value."""
    match value:
        case bool():
            return Seen("boolean")
        case int():
            return Seen("int" if -LARGEST_INT <= value < LARGEST_INT else "bigint")
        case float():
            return Seen("double")
        case str():
            return Seen("string")
        case dict():
            return Seen(fields={name: seen(inner) for name, inner in value.items()})
        case list():
            return Seen(element=merged(seen(inner) for inner in value))
        case _:
            return Seen()


def merged(types: Iterable[Seen]) -> Seen:
    """One type for values of all of these; text where nothing else holds them."""
    return reduce(_both, types, Seen())


def _both(one: Seen, other: Seen) -> Seen:
    for nothing, something in ((one, other), (other, one)):
        if nothing == Seen():
            return something
    if one.fields is not None and other.fields is not None:
        names = [*one.fields, *(name for name in other.fields if name not in one.fields)]
        return Seen(fields={name: _both(one.fields.get(name, Seen()), other.fields.get(name, Seen())) for name in names})
    if one.element is not None and other.element is not None:
        return Seen(element=_both(one.element, other.element))
    if one == other:
        return one
    if (one.plain, other.plain) in _WIDER:
        return other
    return one if (other.plain, one.plain) in _WIDER else Seen("string")
