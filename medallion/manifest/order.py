"""The order in which tables of a layer are made."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter


class Cycle(ValueError):
    """Tables need each other.

    Attributes:
        tables: In a circle: the first is the last.
    """

    def __init__(self, tables: tuple[str, ...]) -> None:
        super().__init__(" → ".join(tables))
        self.tables = tables


def ordered(needs: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The names, each after those that it needs, and by name where that leaves a choice.

    Raises:
        Cycle: There is no such order.
    """
    sorter = TopologicalSorter({name: sorted(others & needs.keys()) for name, others in sorted(needs.items())})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = tuple(reversed(error.args[1]))
        # The same circle is told alike, wherever the sorter found it.
        start = circle.index(min(circle))
        raise Cycle((*circle[start:-1], *circle[:start], circle[start])) from error
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found.extend(ready)
        sorter.done(*ready)
    return tuple(found)


__all__ = ["Cycle", "ordered"]
