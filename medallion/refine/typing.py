"""Bronze rows as silver rows: every column made by its expression, every rule looked at, nothing compared yet."""

import re
from collections.abc import Sequence

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.manifest.model import BronzeTable, Column, Rule, Severity, SilverTable
from medallion.manifest.names import DELETED, INGESTED_AT, REFUSED, RUN_ID, Names
from medallion.manifest.rule_names import ANSWER_REFUSED, reference_rule, required_rule, type_rule
from medallion.manifest.widening import fits
from medallion.quality.conditions import any_of
from medallion.refine.attempt import VALUE, attempted_value, broken
from medallion.refine.decision.reading import reading_of
from medallion.refine.reference import keys_of, keys_to_be, referred

RULES = "_rules"
ROW = "_row"
WARNED = "_warned"
# Exact to the microsecond, as refused rows are read back from it.
ROW_FORMAT = {
    "ignoreNullFields": "false",
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}
_BRONZE = "_bronze"
_SEPARATOR = "\x01"
_NAME = re.compile(r"`?(\w+)`?")

# Whether a row breaks a rule, and the rule's name.
type Flag = tuple[SparkColumn, str]


def plain_input(column: Column, bronze: BronzeTable) -> str | None:
    """The bronze column whose values a silver column has unchanged; None where making it may fail."""
    match = _NAME.fullmatch((column.expression or column.name).strip())
    if match is None:
        return None
    found = next((one for one in bronze.columns if one.name == match[1]), None)
    return found.name if found is not None and fits(found.type, column.type) else None


def rules_of(contract: SilverTable) -> tuple[Rule, ...]:
    """The contract's rules, and that each required column and the key are there."""
    demanded = [column.name for column in contract.columns if column.required or column.name in contract.key]
    return contract.rules + tuple(Rule(name=required_rule(name), expression=f"`{name}` IS NOT NULL", columns=(name,)) for name in demanded)


def severities(contract: SilverTable, bronze: BronzeTable) -> dict[str, Severity]:
    """All that is looked at in a row, by the names that quarantine shows."""
    found: dict[str, Severity] = {ANSWER_REFUSED: "error"} if REFUSED in reading_of(bronze).images else {}
    found |= {type_rule(column.name): "error" for column in contract.columns if plain_input(column, bronze) is None}
    found |= {rule.name: rule.severity for rule in rules_of(contract)}
    return found | {reference_rule(reference.columns): "error" for reference in contract.references}


def typed(
    spark: SparkSession, rows: DataFrame, contract: SilverTable, bronze: BronzeTable, names: Names, kept: Sequence[str] = ()
) -> DataFrame:
    """The rows with silver's columns.

    Args:
        spark: The session.
        rows: Bronze rows.
        contract: The silver table.
        bronze: Its input.
        names: Where the tables are that it refers to.
        kept: Other columns of the rows that stay as they are.

    Returns:
        Silver's columns, the kept ones, `_run_id`, `_ingested_at`, the `_rules` that a row breaks, its `_row` as JSON if it breaks any, and the rules that
        it is only `_warned` about.
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
    images = reading_of(bronze).images
    raw = F.struct(*(F.col(f"`{name}`") for name in (*(column.name for column in bronze.columns), *images))).alias(_BRONZE)
    others = (*images, *kept)
    tried = rows.select(*made, raw, F.col(RUN_ID), F.col(INGESTED_AT), *others)
    flags = {f"_untyped_{number}": column.name for number, column in enumerate(guarded)}
    values = tried.withColumns({flag: F.col(f"`{name}`").isNull() for flag, name in flags.items()})
    unwrapped = values.withColumns({name: F.col(f"`{name}`.{VALUE}") for name in flags.values()})
    return _checked(spark, unwrapped, [(F.col(flag), type_rule(name)) for flag, name in flags.items()], contract, names, others)


def _checked(
    spark: SparkSession, values: DataFrame, untyped: Sequence[Flag], contract: SilverTable, names: Names, others: Sequence[str]
) -> DataFrame:
    rules = rules_of(contract)
    flags = [*untyped, *((broken(spark, rule.expression), rule.name) for rule in rules if rule.severity == "error")]
    warnings = [(broken(spark, rule.expression), rule.name) for rule in rules if rule.severity == "warning"]
    there = F.lit(True)
    if DELETED in others:
        # Of a deleted item only the key is there, so nothing else of it can be right or wrong.
        there = ~F.col(DELETED)
        of_key = {rule(name) for name in contract.key for rule in (type_rule, required_rule)}
        flags = [(flag if name in of_key else flag & there, name) for flag, name in flags]
        warnings = [(flag & there, name) for flag, name in warnings]
    if REFUSED in others:
        # It has its key and the reason, so nothing else of it can be right or wrong.
        refused = F.col(REFUSED).isNotNull()
        there = there & ~refused
        flags = [(refused, ANSWER_REFUSED), *((flag & ~refused, name) for flag, name in flags)]
        warnings = [(flag & ~refused, name) for flag, name in warnings]
    checked = values.withColumn(WARNED, _names(warnings))
    # What refers to this table itself comes last: only a row that nothing else speaks against can be a parent.
    to_be: DataFrame | None = None
    for number, reference in enumerate(sorted(contract.references, key=lambda one: one.table == contract.name)):
        targets = keys_of(spark, reference, names)
        if reference.table == contract.name:
            to_be = (
                keys_to_be(spark, checked.where(there & ~any_of([flag for flag, _ in flags])), contract, names) if to_be is None else to_be
            )
            targets = targets.union(to_be.select(*(f"`{name}`" for name in reference.to))).distinct()
        checked, dangling = referred(checked, targets, reference, f"_reference_{number}")
        flags.append((dangling & there, reference_rule(reference.columns)))
    found = checked.withColumn(RULES, _names(flags))
    row = F.when(F.size(RULES) > 0, F.to_json(_BRONZE, ROW_FORMAT)).alias(ROW)
    kept = [F.col(f"`{column.name}`") for column in contract.columns]
    return found.select(*kept, F.col(RUN_ID), F.col(INGESTED_AT), F.col(RULES), row, F.col(WARNED), *others)


def _names(flags: Sequence[Flag]) -> SparkColumn:
    """The names whose flags are up. Most rows break nothing, so whether any is up is asked first; array functions are not compiled."""
    listed = F.concat_ws(_SEPARATOR, *(F.when(flag, F.lit(name)) for flag, name in flags))
    return F.when(any_of([flag for flag, _ in flags]), F.split(listed, _SEPARATOR)).otherwise(F.array().cast("array<string>"))
