"""What a source table is filled with, and what the lake must make of it."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Silver:
    """What a lake's first run must make of a source table's rows in one silver table.

    Attributes:
        merged: Rows that silver then holds.
        superseded: Rows that are older than another of their key, or the same once more.
        rules: Rows that break each rule, by the name that quarantine shows.
        quarantined: Rows in quarantine; one may break several rules.
    """

    merged: int
    superseded: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0

    @property
    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"merged": self.merged, "superseded": self.superseded, "quarantined": self.quarantined, "rules": dict(self.rules)}


@dataclass(frozen=True)
class Filling[Rows: Sized]:
    """The rows of one source table.

    Attributes:
        own: The grocer's own.
        dirt: Further ones that no good source would hold, by what is wrong with them.
        silver: What becomes of all of them, by silver table.
    """

    own: Rows
    dirt: Mapping[str, Rows]
    silver: Mapping[str, Silver]

    @property
    def parts(self) -> tuple[Rows, ...]:
        """The grocer's own rows, then the dirt."""
        return (self.own, *self.dirt.values())

    @property
    def rows(self) -> int:
        """How many there are in all."""
        return sum(len(part) for part in self.parts)

    def truth(self, money: Mapping[str, str]) -> dict[str, Any]:
        """What `lake seed --json` tells of the table.

        Args:
            money: The sum of each column of money, as text to the cent; dirt adds nothing to it.
        """
        return {
            "rows": len(self.own),
            "money": dict(money),
            "source_rows": self.rows,
            "dirt": {kind: len(rows) for kind, rows in self.dirt.items()},
            "silver": {name: silver.told for name, silver in self.silver.items()},
        }
