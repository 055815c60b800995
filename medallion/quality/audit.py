"""What a whole table must be: no key twice, nothing missing, every rule kept. Read from the branch, before anyone sees it."""

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.manifest.model import Column, Rule
from medallion.manifest.rule_names import UNIQUE, required_rule, unique_rule
from medallion.quality.check import Check


def row_checks(spark: SparkSession, identifier: str, columns: Sequence[Column], rules: Sequence[Rule]) -> tuple[Check, ...]:
    """What each rule finds in the rows of a table; one pass, whatever the number of rules.

    Args:
        spark: The session.
        identifier: The table or branch.
        columns: Its columns; the required ones must not be null.
        rules: What must be true of each row.
    """
    broken = {required_rule(column.name): F.col(f"`{column.name}`").isNull() for column in columns if column.required}
    broken |= {rule.name: ~F.coalesce(F.expr(rule.expression), F.lit(True)) for rule in rules}
    if not broken:
        return ()
    severities = {rule.name: rule.severity for rule in rules}
    counts = [F.count_if(condition).alias(f"rule {name}") for name, condition in broken.items()]
    found = spark.table(identifier).agg(F.count(F.lit(1)).alias("rows"), *counts).collect()[0]
    return tuple(
        Check(rule=name, severity=severities.get(name, "error"), checked=found["rows"], failed=found[f"rule {name}"]) for name in broken
    )


def failures(checks: Sequence[Check]) -> tuple[str, ...]:
    """What stops a table, one text each; a warning stops nothing."""
    return tuple(_told(check) for check in checks if check.failed and check.severity == "error")


def _told(check: Check) -> str:
    if check.expected is not None:
        found = "no number" if check.measured is None else f"{check.measured:g}"
        return f"{check.rule} is {found} and must be {check.expected}"
    if check.rule.endswith(UNIQUE):
        return f"{check.failed} values of ({check.rule.removesuffix(UNIQUE)}) are in more than one row"
    return f"{check.failed} rows break {check.rule}"


def unique_checks(
    spark: SparkSession, identifier: str, unique: Sequence[Sequence[str]], *, among: DataFrame | None = None
) -> tuple[Check, ...]:
    """Of each set of columns, how many values appear in more than one row; rows with a null among them don't count.

    Args:
        spark: The session.
        identifier: The table or branch.
        unique: The sets of columns.
        among: Rows that were written, where the table was right before; None looks at all values.
    """
    checks = []
    for columns in unique:
        names = [f"`{name}`" for name in columns]
        rows = spark.table(identifier).select(*names).dropna()
        if among is not None:
            rows = rows.join(among.select(*names).distinct(), on=list(columns), how="left_semi")
        counted = rows.groupBy(*names).agg(F.count(F.lit(1)).alias("_rows"))
        found = counted.agg(F.count(F.lit(1)).alias("values"), F.count_if(F.col("_rows") > 1).alias("repeated")).collect()[0]
        checks.append(Check(rule=unique_rule(columns), checked=found["values"], failed=found["repeated"]))
    return tuple(checks)
