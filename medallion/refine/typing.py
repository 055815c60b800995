"""Bronze rows as silver rows: every column made by its expression, every rule looked at, nothing compared yet."""

import re
from collections.abc import Sequence

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.ingest.shape import fits
from medallion.manifest.model import BronzeTable, Column, Reference, Rule, SilverTable
from medallion.manifest.names import INGESTED_AT, RUN_ID, Names
from medallion.refine.attempt import VALUE, attempted_value, broken

RULES = "_rules"
ROW = "_row"
WARNED = "_warned"
_BRONZE = "_bronze"
_NAME = re.compile(r"`?(\w+)`?")


def plain_input(column: Column, bronze: BronzeTable) -> str | None:
    """The bronze column whose values a silver column has unchanged; None where making it may fail."""
    match = _NAME.fullmatch((column.expression or column.name).strip())
    if match is None:
        return None
    found = next((one for one in bronze.columns if one.name == match[1]), None)
    return found.name if found is not None and fits(found.type, column.type) else None


def rules_of(contract: SilverTable) -> tuple[Rule, ...]:
    """The contract's rules, and that each required column and the key are there, where no rule says so already."""
    named = {rule.name for rule in contract.rules}
    demanded = [column.name for column in contract.columns if column.required or column.name in contract.key]
    added = (Rule(name=f"{name}.required", expression=f"`{name}` IS NOT NULL", columns=(name,)) for name in demanded)
    return contract.rules + tuple(rule for rule in added if rule.name not in named)


def typed(spark: SparkSession, rows: DataFrame, contract: SilverTable, bronze: BronzeTable, names: Names) -> DataFrame:
    """The rows with silver's columns.

    Args:
        spark: The session.
        rows: Bronze rows.
        contract: The silver table.
        bronze: Its input.
        names: Where the tables are that it refers to.

    Returns:
        Silver's columns, `_run_id`, `_ingested_at`, the `_rules` that a row breaks, its `_row` as JSON if it breaks any, and whether it is
        `_warned` about.
    """
    made: list[SparkColumn] = []
    guarded: list[Column] = []
    for column in contract.columns:
        source = plain_input(column, bronze)
        if source is not None:
            made.append(F.col(f"`{source}`").cast(column.type).alias(column.name))
        else:
            guarded.append(column)
            made.append(attempted_value(spark, column.expression or f"`{column.name}`", column.type).alias(column.name))
    raw = F.struct(*(F.col(f"`{column.name}`") for column in bronze.columns)).alias(_BRONZE)
    tried = rows.select(*made, raw, F.col(RUN_ID), F.col(INGESTED_AT))
    untyped = [F.when(F.col(f"`{column.name}`").isNull(), F.lit(f"{column.name}.type")) for column in guarded]
    unwrapped = {column.name: F.col(f"`{column.name}`.{VALUE}") for column in guarded}
    values = tried.withColumn(RULES, _present(untyped)).withColumns(unwrapped)
    return _checked(spark, values, contract, names)


def _checked(spark: SparkSession, values: DataFrame, contract: SilverTable, names: Names) -> DataFrame:
    rules = rules_of(contract)
    errors = [F.when(broken(spark, rule.expression), F.lit(rule.name)) for rule in rules if rule.severity == "error"]
    warnings = [broken(spark, rule.expression) for rule in rules if rule.severity == "warning"]
    warned = F.array_contains(F.array(*warnings), True) if warnings else F.lit(False)
    checked = values.withColumn(WARNED, warned)
    dangling = []
    for number, reference in enumerate(contract.references):
        marker, theirs = f"_reference_{number}", [f"_reference_{number}_{name}" for name in reference.to]
        targets = _targets(spark, values, contract, reference, names).select(
            *(F.col(f"`{name}`").alias(alias) for name, alias in zip(reference.to, theirs, strict=True)), F.lit(True).alias(marker)
        )
        pairs = zip(reference.columns, theirs, strict=True)
        conditions = [checked[f"`{ours}`"] == targets[other] for ours, other in pairs]
        checked = checked.join(targets, conditions, "left").drop(*theirs)
        given = F.greatest(*(F.col(f"`{name}`").isNull() for name in reference.columns), F.lit(False))
        dangling.append(F.when(~given & F.col(marker).isNull(), F.lit(f"{'_'.join(reference.columns)}.reference")))
    found = checked.withColumn(RULES, F.concat(F.col(RULES), _present(errors + dangling)))
    row = F.when(F.size(RULES) > 0, F.to_json(_BRONZE, {"ignoreNullFields": "false"})).alias(ROW)
    kept = [F.col(f"`{column.name}`") for column in contract.columns]
    return found.select(*kept, F.col(RUN_ID), F.col(INGESTED_AT), F.col(RULES), row, F.col(WARNED))


def _targets(spark: SparkSession, values: DataFrame, contract: SilverTable, reference: Reference, names: Names) -> DataFrame:
    there = spark.table(f"glue_catalog.{names.database('silver')}.{reference.table}").select(*(f"`{name}`" for name in reference.to))
    if reference.table == contract.name:
        # A table that refers to itself: what comes with this batch is there as well.
        there = there.union(values.select(*(f"`{name}`" for name in reference.to)))
    return there.distinct()


def _present(names: Sequence[SparkColumn]) -> SparkColumn:
    if not names:
        return F.array().cast("array<string>")
    return F.array_compact(F.array(*names))
