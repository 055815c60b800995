"""Numbers that are taken of a table as a whole, read from the branch, before anyone sees it."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Number
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion.manifest.errors import Terminal
from medallion.manifest.model import Bound, Measure, Operator
from medallion.quality.check import Check

_HOLDS: Mapping[Operator, Callable[..., bool]] = {
    "=": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    "between": lambda value, low, high: low <= value <= high,
    "not between": lambda value, low, high: not low <= value <= high,
}


class NoNumber(Terminal):
    """A query of a contract makes something else than one number."""

    def __init__(self, table: str, rule: str, made: object) -> None:
        super().__init__(f"{table}: the query of {rule} gives {made!r}; it must give one number, such as a count(*)")


def holds(value: float | None, bounds: Sequence[Bound]) -> bool:
    """Whether a number is what it must be; one that there is none of is not."""
    return value is not None and all(_HOLDS[bound.operator](value, *bound.values) for bound in bounds)


def told(bounds: Sequence[Bound]) -> str:
    """What a number must be, for people, such as `> 0` or `between 1 and 5`."""
    return " and ".join(f"{bound.operator} {' and '.join(f'{value:g}' for value in bound.values)}" for bound in bounds)


def measure_checks(spark: SparkSession, identifier: str, table: str, measures: Sequence[Measure]) -> tuple[Check, ...]:
    """What each measure finds: all aggregates in one pass, each query in one of its own.

    Args:
        spark: The session.
        identifier: The table or branch.
        table: The plain name that the queries use.
        measures: What to take.

    Raises:
        NoNumber: A query gives no number.
    """
    if not measures:
        return ()
    aggregates = {measure.name: measure.aggregate for measure in measures if measure.aggregate is not None}
    columns = [F.expr(aggregate).alias(f"measure {name}") for name, aggregate in aggregates.items()]
    row = spark.table(identifier).agg(F.count(F.lit(1)).alias("rows"), *columns).collect()[0]
    values: dict[str, Any] = {name: row[f"measure {name}"] for name in aggregates}
    values |= {measure.name: _asked(spark, identifier, table, measure) for measure in measures if measure.query is not None}
    return tuple(
        Check(
            rule=measure.name,
            severity=measure.severity,
            checked=row["rows"],
            failed=0 if holds(value, measure.bounds) else 1,
            measured=value,
            expected=told(measure.bounds),
        )
        for measure in measures
        for value in [None if values[measure.name] is None else float(values[measure.name])]
    )


def _asked(spark: SparkSession, identifier: str, table: str, measure: Measure) -> Any:
    # A session of its own, where the name means the branch and nothing else does.
    session = spark.newSession()
    session.conf.set("spark.sql.shuffle.partitions", spark.conf.get("spark.sql.shuffle.partitions") or "200")
    session.table(identifier).createOrReplaceTempView(table)
    rows = session.sql(measure.query or "").limit(2).collect()
    if len(rows) > 1 or (rows and rows[0][0] is not None and (isinstance(rows[0][0], bool) or not isinstance(rows[0][0], Number))):
        raise NoNumber(identifier, measure.name, [row[0] for row in rows] if len(rows) > 1 else rows[0][0])
    return rows[0][0] if rows else None
