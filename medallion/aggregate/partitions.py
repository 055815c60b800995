"""Partitions of a gold table as SQL: which ones a row of an input belongs to, and the conditions that mean some of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from medallion.manifest.model import Follows, GoldTable
from medallion.manifest.spark_sql import identifier, text

# More conditions than these take longer to plan than most tables take to make.
MOST_PARTITIONS = 100
_UNITS = {"days": "DAY", "months": "MONTH", "years": "YEAR"}


@dataclass(frozen=True)
class Partitions:
    """Some partitions of a gold table.

    Attributes:
        contract: The table; it has `follows`.
        found: What `bounds` give for each, as texts, null for null.
    """

    contract: GoldTable
    found: Collection[Sequence[str | None]]

    @property
    def in_table(self) -> str:
        """The condition by which they are told from others in the table; it holds for all of a partition or for nothing of it."""
        return self._condition([identifier(follow.column) for follow in self.contract.follows])

    @property
    def in_input(self) -> str:
        """The condition that holds for the input's rows that they are made from."""
        return self._condition([_value(self.contract, follow) for follow in self.contract.follows])

    def _condition(self, operands: Sequence[str]) -> str:
        if not self.found:
            return "false"
        # Sorted, so that the same partitions give the same text.
        each = sorted(" AND ".join(self._comparisons(operands, bounds)) for bounds in self.found)
        return " OR ".join(f"({one})" for one in each)

    def _comparisons(self, operands: Sequence[str], bounds: Sequence[str | None]) -> Iterator[str]:
        left = iter(bounds)
        for follow, operand in zip(self.contract.follows, operands, strict=True):
            type_ = self.contract.column(follow.column).type
            low = next(left)
            high = next(left) if _is_period(follow, type_) else None
            if low is None:
                yield f"{operand} IS NULL"
            elif high is None:
                yield f"{operand} = {_literal(low, type_)}"
            else:
                yield f"{operand} >= {_literal(low, type_)} AND {operand} < {_literal(high, type_)}"


def bounds(contract: GoldTable) -> tuple[str, ...]:
    """Expressions over a row of the input, whose texts tell the partitions that it belongs to: a value, or a period's begin and end."""
    return tuple(f"CAST({part} AS STRING)" for follow in contract.follows for part in _bounds(contract, follow))


def _bounds(contract: GoldTable, follow: Follows) -> Iterator[str]:
    value, type_ = _value(contract, follow), contract.column(follow.column).type
    if not _is_period(follow, type_):
        yield value
        return
    unit = _UNITS[follow.transform]
    begin = f"date_trunc('{unit}', {value})" if type_ != "date" else f"trunc({value}, '{unit}')"
    yield begin
    yield f"{begin} + INTERVAL '1' {unit}"


def _value(contract: GoldTable, follow: Follows) -> str:
    return f"CAST(({follow.expression}) AS {contract.column(follow.column).type})"


def _is_period(follow: Follows, type_: str) -> bool:
    return follow.transform != "identity" and (follow.transform, type_) != ("days", "date")


def _literal(value: str, type_: str) -> str:
    return f"CAST({text(value)} AS {type_})"
