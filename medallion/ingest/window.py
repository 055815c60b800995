"""Which rows an incremental read asks for, as values; Spark and the source only carry it out."""

from dataclasses import dataclass

from medallion.ingest.dialect import Dialect


@dataclass(frozen=True)
class Window:
    """A range of watermarks.

    Attributes:
        low: Exclusive; None reads from the beginning.
        last: What the run before read up to; what lies at or below it may be in bronze already.
        high: Inclusive; the newest watermark when the run began.
    """

    low: str | None
    last: str | None
    high: str

    @property
    def run_id(self) -> str:
        """The input's id: the same range is the same input, whichever attempt reads it."""
        return f"{self.last or 'beginning'}..{self.high}"

    def condition(self, dialect: Dialect, watermark: str, type: str) -> str:
        """The range as a condition of the source."""
        column = dialect.quote(watermark)
        upper = f"{column} <= {dialect.literal(self.high, type)}"
        return upper if self.low is None else f"{column} > {dialect.literal(self.low, type)} AND {upper}"


def bounds_query(dialect: Dialect, table: str, watermark: str, type: str, last: str | None, overlap_seconds: int) -> str:
    """A query for the newest watermark and the lower bound, both as canonical text, and how many blocks there are to divide.

    Args:
        dialect: The source's engine.
        table: The table's name at the source, with its prefix.
        watermark: The column.
        type: Its type in the contract.
        last: What the run before read up to.
        overlap_seconds: How far below it this run looks again.
    """
    low = "NULL" if last is None else dialect.text(dialect.earlier(dialect.literal(last, type), type, overlap_seconds), type)
    newest = dialect.text(f"max({dialect.quote(watermark)})", type)
    return f"SELECT {newest}, {low} FROM {_path(dialect, table)}"


def nulls_query(dialect: Dialect, table: str, watermark: str) -> str:
    """A query for `t` where some row has no watermark and would never be read."""
    return f"SELECT EXISTS (SELECT 1 FROM {_path(dialect, table)} WHERE {dialect.quote(watermark)} IS NULL)::text"


def _path(dialect: Dialect, table: str) -> str:
    return ".".join(dialect.quote(part) for part in table.split("."))
