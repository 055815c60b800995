"""A table's content as one short text, whatever the order of its rows, computed where the rows are."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

_LOW = 0xFFFFFFFF


def digest_columns(columns: Sequence[str]) -> tuple[Column, ...]:
    """Aggregates whose values together stand for the content of some columns; the first one counts the rows.

    Two 64-bit hashes of each row are summed in halves, so that no sum overflows below two thousand million rows. It tells changes from
    none, and is no proof against someone who wants a collision.
    """
    sums = []
    for seed, row in enumerate(row_hashes(columns), 1):
        sums += [F.sum(row.bitwiseAND(F.lit(_LOW))).alias(f"low_{seed}"), F.sum(F.shiftrightunsigned(row, 32)).alias(f"high_{seed}")]
    return (F.count(F.lit(1)).alias("rows"), *sums)


def row_hashes(columns: Sequence[str]) -> tuple[Column, Column]:
    """Two hashes that together stand for a row's values, nulls told apart from all values."""
    # Null leaves the hash as it was, so that (null, 'a') and ('a', null) would be one row: whether a value is null is hashed as well.
    values = [part for column in columns for part in (F.col(f"`{column}`"), F.col(f"`{column}`").isNull())]
    return F.xxhash64(F.lit(1), *values), F.xxhash64(F.lit(2), *values)


def digest_text(values: Mapping[str, int | None]) -> str:
    """The digest of the aggregates' values."""
    return ":".join(f"{values[name] or 0:x}" for name in ("rows", "low_1", "high_1", "low_2", "high_2"))
