"""The types of Trino's answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Type:
    """A type of Trino.

    Attributes:
        name: Without parameters, such as `timestamp with time zone`.
        sizes: Its numbers: length, precision and scale, or digits of a second.
        parts: The types of elements, of keys and values, or of fields.
        fields: The names of a row's fields; None for one without a name.
    """

    name: str
    sizes: tuple[int, ...] = ()
    parts: tuple["Type", ...] = ()
    fields: tuple[str | None, ...] = ()

    @classmethod
    def of(cls, signature: Mapping[str, Any]) -> Self:
        """A type from a `typeSignature` of Trino's protocol."""
        sizes, parts, fields = [], [], []
        for argument in signature["arguments"]:
            value = argument["value"]
            match argument["kind"]:
                case "LONG":
                    sizes.append(value)
                case "TYPE":
                    parts.append(cls.of(value))
                case "NAMED_TYPE":
                    parts.append(cls.of(value["typeSignature"]))
                    fields.append((value.get("fieldName") or {}).get("name"))
        return cls(signature["rawType"], tuple(sizes), tuple(parts), tuple(fields))
