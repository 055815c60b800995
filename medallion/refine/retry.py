"""Refused rows that get another chance: what they refer to may have come meanwhile, or somebody asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import INGESTED_AT, PASSING, RUN_ID, WRITTEN_AT
from medallion.manifest.rule_names import REFERENCE
from medallion.publish.publication import Draft, Result, publish
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.counts import merge_failures
from medallion.refine.decision.reading import reading_of
from medallion.refine.typing import ROW, ROW_FORMAT, RULES

# The refused row as quarantine has it; null for a row that comes from bronze.
RETRIED = PASSING + "retried"
_PARSED = PASSING + "parsed"
_LATER = PASSING + "later"


@dataclass(frozen=True)
class Retry:
    """The refused rows of a table that are tried again.

    Attributes:
        rows: Their bronze columns, `_run_id`, `_ingested_at` and `RETRIED`.
        targets: The newest snapshots of the tables that the table refers to.
    """

    rows: DataFrame
    targets: Mapping[str, int]


def refused_before(quarantine: LakeTable, bronze: BronzeTable, watermark: str, *, everything: bool) -> DataFrame:
    """The rows that an earlier run refused, as they came.

    Args:
        quarantine: Where they are.
        bronze: Gives columns and types.
        watermark: `_ingested_at` of the last bronze rows used: what came later is read from bronze again.
        everything: Whether all of them, or only those that failed nothing but references.
    """
    schema = ", ".join(
        [f"`{column.name}` {column.type}" for column in bronze.columns]
        + [f"{name} {kind}" for name, kind in reading_of(bronze).images.items()]
    )
    refused = quarantine.spark.table(quarantine.identifier).where(F.col(INGESTED_AT) <= F.lit(watermark).cast("timestamp"))
    if not everything:
        refused = refused.where(F.forall(RULES, lambda rule: rule.endswith(REFERENCE)))
    parsed = refused.withColumn(_PARSED, F.from_json(ROW, schema, ROW_FORMAT))
    # A row whose text does not say all that it was stays where it is.
    whole = parsed.where(values_of(F.col(ROW)) == values_of(F.to_json(_PARSED, ROW_FORMAT)))
    return whole.select(f"{_PARSED}.*", RUN_ID, INGESTED_AT, F.col(ROW).alias(RETRIED))


def not_overtaken(refused: DataFrame, bronze: DataFrame, key: Sequence[str]) -> DataFrame:
    """The refused rows that nothing has been written over since, where rows say when they were written.

    Silver does not know when a row was written, so an older one must not reach it again, nor one that was deleted since.

    Args:
        refused: As `refused_before` gives them; few.
        bronze: The bronze table.
        key: The source's key.
    """
    since = refused.agg(F.min(INGESTED_AT)).collect()[0][0]
    if since is None:
        return refused
    later = bronze.where(F.col(INGESTED_AT) >= F.lit(since)).select(
        *(F.col(f"`{name}`").alias(f"{_LATER}_{name}") for name in key), F.col(WRITTEN_AT).alias(_LATER)
    )
    same = [refused[f"`{name}`"] == later[f"{_LATER}_{name}"] for name in key]
    return refused.join(later, [*same, later[_LATER] > refused[WRITTEN_AT]], "left_anti")


def settle(quarantine: LakeTable, settled: DataFrame, count: int, state: State) -> None:
    """Takes rows out of quarantine that were tried again and refused no more.

    After silver is published, not before: a run that dies in between tries them once more and finds them there.

    Args:
        quarantine: The table.
        settled: Their `_run_id`, `_ingested_at` and `RETRIED`.
        count: How many they are.
        state: What the table shall remember: the snapshots against which references were looked up.
    """
    view = f"_settled_{quarantine.database}_{quarantine.name}"

    def write(branch: str) -> None:
        settled.distinct().createOrReplaceTempView(view)
        same = f"t.{RUN_ID} = s.{RUN_ID} AND t.{INGESTED_AT} = s.{INGESTED_AT} AND t.{ROW} = s.{RETRIED}"
        try:
            quarantine.spark.sql(f"MERGE INTO {branch} t USING {view} s ON {same} WHEN MATCHED THEN DELETE")
        finally:
            quarantine.spark.catalog.dropTempView(view)

    def audit(_branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
        return merge_failures(commits, inserted=0, updated=0, deleted=count)

    def draft(_metadata: Metadata) -> Draft:
        def result() -> Result:
            return Result(state, {})

        return Draft(result=result, write=write, audit=audit) if count else Draft(result=result)

    publish(quarantine, state.run_id, draft)


def values_of(text: Column) -> Column:
    """A row's text without its nulls: a column that the contract has got since is null in all older rows."""
    return F.to_json(F.map_filter(F.from_json(text, "map<string,string>"), lambda _name, value: value.isNotNull()))
