"""What was seen of an attribute of DynamoDB items: which of DynamoDB's types its values have, how long its numbers are, what lies in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

# DynamoDB's names of its types, in words for people.
KINDS = {
    "S": "text",
    "N": "numbers",
    "B": "binary",
    "BOOL": "booleans",
    "M": "maps",
    "L": "lists",
    "SS": "sets of text",
    "NS": "sets of numbers",
    "BS": "sets of binary",
}


@dataclass
class Attribute:
    """All values of an attribute that were seen.

    Attributes:
        kinds: How many values of each of DynamoDB's types, NULL apart.
        nulls: How many were NULL.
        whole: The most digits before the point of a number.
        behind: The most digits behind it.
        fields: What lay in its maps, by name.
        element: What lay in its lists; None where there was nothing.
    """

    kinds: dict[str, int] = field(default_factory=dict)
    nulls: int = 0
    whole: int = 0
    behind: int = 0
    fields: dict[str, "Attribute"] = field(default_factory=dict)
    element: "Attribute | None" = None

    def add(self, written: Mapping[str, Any]) -> None:
        """One more value, as DynamoDB writes it, such as `{"N": "12"}`."""
        ((kind, value),) = written.items()
        if kind == "NULL":
            self.nulls += 1
            return
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        match kind:
            case "N":
                self._number(value)
            case "NS":
                for one in value:
                    self._number(one)
            case "M":
                for name, inner in value.items():
                    self.fields.setdefault(name, Attribute()).add(inner)
            case "L":
                for inner in value:
                    self.element = self.element or Attribute()
                    self.element.add(inner)

    def with_all(self, other: "Attribute") -> "Attribute":
        """All values of both."""
        fields = dict(self.fields)
        for name, inner in other.fields.items():
            fields[name] = fields[name].with_all(inner) if name in fields else inner
        return Attribute(
            kinds={kind: self.kinds.get(kind, 0) + other.kinds.get(kind, 0) for kind in {**self.kinds, **other.kinds}},
            nulls=self.nulls + other.nulls,
            whole=max(self.whole, other.whole),
            behind=max(self.behind, other.behind),
            fields=fields,
            element=self.element.with_all(other.element) if self.element and other.element else self.element or other.element,
        )

    def _number(self, text: str) -> None:
        whole, behind = digits(text)
        self.whole, self.behind = max(self.whole, whole), max(self.behind, behind)

    @property
    def told(self) -> str:
        """What was seen, for people, such as `text in 3, numbers in 1`."""
        return ", ".join(f"{KINDS.get(kind, kind)} in {count}" for kind, count in sorted(self.kinds.items()))

    @classmethod
    def of(cls, values: Iterable[Mapping[str, Any]]) -> Self:
        """All of these values."""
        made = cls()
        for value in values:
            made.add(value)
        return made


def digits(text: str) -> tuple[int, int]:
    """How many digits a number has before and behind its point; zeros at its end do not count."""
    _, figures, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int), text
    kept = "".join(map(str, figures)).rstrip("0")
    # Where the last figure that counts stands, from the point; negative behind it.
    last = exponent + len(figures) - len(kept)
    return (max(len(kept) + last, 0), max(-last, 0)) if kept else (0, 0)


@dataclass
class ObservedItems:
    """A DynamoDB table as it is.

    Attributes:
        name: Exactly as DynamoDB has it.
        object: Its name without what the environment puts before it.
        key: Its key's attributes with DynamoDB's type of each: the partition key, and the sort key if there is one.
        recovery: Whether point-in-time recovery is on, without which nothing can be exported; None where it is not known.
        attributes: What was seen, by name in the order of appearance.
        items: How many items were looked at.
        whole: Whether these are all that there are.
        capacity: What looking at them took, in DynamoDB's read units.
    """

    name: str
    object: str
    key: tuple[tuple[str, str], ...]
    recovery: bool | None = None
    attributes: dict[str, Attribute] = field(default_factory=dict)
    items: int = 0
    whole: bool = False
    capacity: float = 0.0

    def look_at(self, item: Mapping[str, Mapping[str, Any]]) -> None:
        """One more item, as DynamoDB writes it."""
        self.items += 1
        for name, written in item.items():
            self.attributes.setdefault(name, Attribute()).add(written)

    @property
    def seen(self) -> str:
        """How much was looked at, for people."""
        return f"{'all ' if self.whole else ''}{self.items:,} item{'' if self.items == 1 else 's'}"


__all__ = ["KINDS", "Attribute", "ObservedItems", "digits"]
