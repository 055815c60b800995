"""Which rows an incremental read asks for, as values; Spark and the source only carry it out."""

from dataclasses import dataclass

from medallion.ingest.jdbc.dialect import Dialect
from medallion.manifest.errors import Terminal
from medallion.manifest.names import STATE_PROPERTY


class WentBack(Terminal):
    """The source's newest watermark lies below what was read of it before."""

    def __init__(self, where: str, newest: str, last: str) -> None:
        super().__init__(
            f"{where}: the newest watermark is {newest}, and {last} was read before: the source went back, as after a restore; "
            f"unset table property {STATE_PROPERTY} of the bronze table to read it from its beginning"
        )


class NothingFinite(Terminal):
    """No row has a watermark that a later run could go on from."""

    def __init__(self, where: str, watermark: str) -> None:
        super().__init__(
            f"{where}: no row has a finite {watermark}; correct it at the source, or read the table with `ingestion: snapshot`"
        )


@dataclass(frozen=True)
class Bounds:
    """What a source answers about a watermark.

    Attributes:
        any: Whether there are rows at all.
        newest: The greatest finite watermark; None where no row has one.
        settled: What the next run goes on from: the newest, but never a time that is still to come or that an open transaction may write.
        low: How far below the last run's this one looks again, exclusive; None where there was none.
        back: Whether the newest lies below that.
    """

    any: bool
    newest: str | None
    settled: str | None
    low: str | None
    back: bool


@dataclass(frozen=True)
class Again:
    """A range of watermarks that is read again, whatever was read of it before.

    Attributes:
        start: Inclusive, as canonical text.
        end: Exclusive.
        base: The snapshot of bronze that the rows are appended to; 0 where there is none.
    """

    start: str
    end: str
    base: int

    @property
    def run_id(self) -> str:
        """The input's id."""
        return f"again:{self.start}..{self.end}@{self.base}"

    def condition(self, dialect: Dialect, watermark: str, type: str) -> str:
        """The range as a condition of the source."""
        column = dialect.quote(watermark)
        return f"{column} >= {dialect.literal(self.start, type)} AND {column} < {dialect.literal(self.end, type)}"


@dataclass(frozen=True)
class Window:
    """A range of watermarks, open above: what lies beyond `high` is read now, and looked at again by each run until its time has come.

    Attributes:
        low: Exclusive; None reads from the beginning.
        last: What the run before read up to; what lies at or below it may be in bronze already.
        high: What the next run goes on from.
        base: The snapshot of bronze that the rows are appended to; 0 where there is none.
    """

    low: str | None
    last: str | None
    high: str
    base: int

    @property
    def run_id(self) -> str:
        """The input's id: the same for each attempt, and another one once an attempt's rows are in bronze."""
        return f"{self.last or 'beginning'}..{self.high}@{self.base}"

    def condition(self, dialect: Dialect, watermark: str, type: str) -> str:
        """The range as a condition of the source."""
        return "TRUE" if self.low is None else f"{dialect.quote(watermark)} > {dialect.literal(self.low, type)}"


def window_of(bounds: Bounds, last: str | None, base: int, where: str, watermark: str) -> Window | None:
    """The range to read; None where the source has no row.

    Args:
        bounds: What the source answered.
        last: What the run before read up to.
        base: The snapshot of bronze that the rows are appended to; 0 where there is none.
        where: The contract and the table, for an error.
        watermark: The column.

    Raises:
        NothingFinite: There are rows, and nothing to go on from.
        WentBack: The source holds less than was read of it.
    """
    if not bounds.any:
        return None
    if bounds.newest is None or bounds.settled is None:
        raise NothingFinite(where, watermark)
    if bounds.back and last is not None:
        raise WentBack(where, bounds.newest, last)
    return Window(low=bounds.low, last=last, high=bounds.settled, base=base)


def bounds_of(answer: tuple[str | None, ...]) -> Bounds:
    """The answer to a dialect's query for bounds."""
    filled, newest, settled, low, back = answer
    return Bounds(any=filled == "true", newest=newest, settled=settled, low=low, back=back == "true")
