"""Which columns are made from which."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Place(NamedTuple):
    """A column, or where `column` is None the question which rows a table has.

    Attributes:
        table: Layer and name, such as `silver.orders`.
        column: A column of it.
    """

    table: str
    column: str | None = None

    def __str__(self) -> str:
        return f"{self.table}.{self.column}" if self.column else f"{self.table} (its rows)"


class Lineage:
    """What depends on what, one step at a time."""

    def __init__(self, steps: Iterable[tuple[Place, Place]]) -> None:
        self._after: dict[Place, set[Place]] = defaultdict(set)
        for origin, made in steps:
            self._after[origin].add(made)

    def steps(self) -> Iterator[tuple[Place, Place]]:
        """Each place with one that is made from it directly."""
        for origin, places in self._after.items():
            yield from ((origin, place) for place in places)

    def made_from(self, *origins: Place) -> tuple[Place, ...]:
        """All that is made from some places, however many steps away, without themselves; sorted."""
        seen = set(origins)
        left = deque(origins)
        while left:
            for made in self._after.get(left.popleft(), ()):
                if made not in seen:
                    seen.add(made)
                    left.append(made)
        return tuple(sorted(seen - set(origins), key=lambda place: (place.table, place.column or "")))


__all__ = ["Lineage", "Place"]
