"""Which pictures of a gold table tell the most, chosen from its contract alone."""

import re
from typing import Literal

from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Column, GoldTable, Manifest
from medallion.manifest.names import Names
from report.visible import is_open

# Beyond this many tables a page is a catalogue; those left out are named.
TABLES = 24
BARS = 10
BINS = 24
_NUMBER = re.compile(r"(?:tinyint|smallint|int|bigint|float|double|decimal)\b")
_TIME = re.compile(r"(?:date|timestamp|timestamp_ntz)\b")
_RATIO = re.compile(r"(?:^|_)(?:share|rate|ratio|percent|percentage|pct|avg|average|mean|median|per)(?:_|$)")
_IDENTITY = re.compile(r"(?:^|_)(?:id|key|code|number|no|year|month|week|day)$")

Kind = Literal["time", "bars", "spread"]


class Picture(Frozen):
    """One picture of a gold table.

    Attributes:
        number: Which one of the report's.
        table: The table's plain name.
        kind: Values over time, the greatest by name, or how a measure is spread over the rows.
        measure: The column that is measured; None counts rows.
        by: The column that values belong to; None for a spread.
        mean: Whether values are averaged, as a sum of shares means nothing.
    """

    number: int
    table: str
    kind: Kind
    measure: str | None
    by: str | None = None
    mean: bool = False

    @property
    def what(self) -> str:
        """The measure in words."""
        if self.measure is None:
            return "rows"
        return f"mean {self.measure}" if self.mean else self.measure

    @property
    def title(self) -> str:
        """What the picture shows."""
        match self.kind:
            case "time":
                return f"{self.what} over time"
            case "bars":
                return f"{self.what} by {self.by}"
            case "spread":
                return f"how {self.measure} is spread over the rows"


def pictures(manifest: Manifest, names: Names, there: frozenset[str]) -> tuple[Picture, ...]:
    """The pictures of all gold tables that are there, numbered; a table whose columns are all closed has none."""
    found: list[Picture] = []
    for table in pictured(manifest, names, there):
        found += [picture.model_copy(update={"number": len(found) + place}) for place, picture in enumerate(_of(table))]
    return tuple(found)


def pictured(manifest: Manifest, names: Names, there: frozenset[str]) -> tuple[GoldTable, ...]:
    """The gold tables that a page has room for."""
    tables = [table for table in manifest.tables("gold") if isinstance(table, GoldTable)]
    return tuple(table for table in tables if f"{names.database('gold')}.{table.name}" in there)[:TABLES]


def _of(table: GoldTable) -> tuple[Picture, ...]:
    shown = [column for column in table.columns if is_open(column)]
    keys = [column for name in table.key for column in shown if column.name == name]
    measure = _measure(table, shown)
    mean = measure is not None and _RATIO.search(measure.name) is not None
    name = measure.name if measure is not None else None
    # A key comes first; a table without one may still have a day.
    time = next((column for column in [*keys, *shown] if _TIME.match(column.type)), None)
    # Of several parts of a key the last is the finest: the thing that the row is about within its day or its place.
    label = next((column for column in reversed(keys) if column.type == "string"), None)
    label = (
        label
        or next((column for column in shown if column.type == "string"), None)
        or next((column for column in reversed(keys) if not _TIME.match(column.type)), None)
    )
    made = []
    if time is not None:
        made.append(Picture(number=0, table=table.name, kind="time", measure=name, by=time.name, mean=mean))
    if label is not None:
        made.append(Picture(number=0, table=table.name, kind="bars", measure=name, by=label.name, mean=mean))
    if not made and measure is not None:
        made.append(Picture(number=0, table=table.name, kind="spread", measure=measure.name))
    return tuple(made)


def _measure(table: GoldTable, shown: list[Column]) -> Column | None:
    numbers = [
        column for column in shown if column.name not in table.key and _NUMBER.match(column.type) and not _IDENTITY.search(column.name)
    ]
    # Money and other exact amounts say more than counts, and the last of them is usually what the others lead to.
    amounts = [column for column in numbers if column.type.startswith(("decimal", "double", "float"))]
    for among in (amounts, numbers):
        sums = [column for column in among if not _RATIO.search(column.name)]
        if sums:
            return sums[-1] if among is amounts else sums[0]
    return numbers[0] if numbers else None
