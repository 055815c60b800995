"""What a whole table must be: no key twice, nothing missing, every rule kept. Read from the branch, before anyone sees it."""

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.manifest.model import Column, Rule
from medallion.quality.check import Check


def row_checks(spark: SparkSession, identifier: str, columns: Sequence[Column], rules: Sequence[Rule]) -> tuple[Check, ...]:
    """What each rule finds in the rows of a table; one pass, whatever the number of rules.

    Args:
        spark: The session.
        identifier: The table or branch.
        columns: Its columns; the required ones must not be null.
        rules: What must be true of each row.
    """
    broken = {f"{column.name}.required": F.col(f"`{column.name}`").isNull() for column in columns if column.required}
    broken |= {rule.name: ~F.coalesce(F.expr(rule.expression), F.lit(True)) for rule in rules}
    if not broken:
        return ()
    severities = {rule.name: rule.severity for rule in rules}
    counts = [F.count_if(condition).alias(f"rule {name}") for name, condition in broken.items()]
    found = spark.table(identifier).agg(F.count(F.lit(1)).alias("rows"), *counts).collect()[0]
    return tuple(
        Check(rule=name, severity=severities.get(name, "error"), checked=found["rows"], failed=found[f"rule {name}"]) for name in broken
    )


def row_failures(checks: Sequence[Check]) -> tuple[str, ...]:
    """The rules that stop a table, with how many rows break each; a warning stops nothing."""
    return tuple(f"{check.failed} rows break {check.rule}" for check in checks if check.failed and check.severity == "error")


def repeated_failures(
    spark: SparkSession, identifier: str, unique: Sequence[Sequence[str]], *, among: DataFrame | None = None
) -> tuple[str, ...]:
    """The sets of columns of which some values appear in more than one row; rows with a null among them don't count.

    Args:
        spark: The session.
        identifier: The table or branch.
        unique: The sets of columns.
        among: Rows that were written, where the table was right before; None looks at all values.
    """
    failures = []
    for columns in unique:
        names = [f"`{name}`" for name in columns]
        rows = spark.table(identifier).select(*names).dropna()
        if among is not None:
            rows = rows.join(among.select(*names).distinct(), on=list(columns), how="left_semi")
        repeated = rows.groupBy(*names).count().where("count > 1").count()
        if repeated:
            failures.append(f"{repeated} values of ({', '.join(columns)}) are in more than one row")
    return tuple(failures)
