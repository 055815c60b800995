"""References: the keys that another silver table has, or that this table will have once the batch is merged."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.manifest.model import Reference, SilverTable
from medallion.manifest.names import Names
from medallion.quality.conditions import any_of


def referred(rows: DataFrame, targets: DataFrame, reference: Reference, marker: str) -> tuple[DataFrame, Column]:
    """The rows, and whether one of them names a key that is not among the targets; a null names none.

    Args:
        rows: Typed rows.
        targets: The keys that are there, each once.
        reference: What refers to what.
        marker: A column's name that the rows have not yet; the result has it.
    """
    theirs = [f"{marker}_{name}" for name in reference.to]
    renamed = targets.select(
        *(F.col(f"`{name}`").alias(alias) for name, alias in zip(reference.to, theirs, strict=True)), F.lit(True).alias(marker)
    )
    conditions = [rows[f"`{ours}`"] == renamed[other] for ours, other in zip(reference.columns, theirs, strict=True)]
    return rows.join(renamed, conditions, "left").drop(*theirs), ~_names_none(reference) & F.col(marker).isNull()


def keys_of(spark: SparkSession, reference: Reference, names: Names) -> DataFrame:
    """The keys of a silver table, each once."""
    return spark.table(f"glue_catalog.{names.database('silver')}.{reference.table}").select(*_quoted(reference.to)).distinct()


def keys_to_be(spark: SparkSession, good: DataFrame, contract: SilverTable, names: Names) -> DataFrame:
    """The keys that a table which refers to itself has or gets: a row whose parent is refused is refused too, and so are its children.

    Args:
        spark: The session.
        good: The rows of the batch that nothing else speaks against.
        contract: The table.
        names: What things are called here.
    """
    own = [reference for reference in contract.references if reference.table == contract.name]
    needed = sorted({name for reference in own for name in (*reference.columns, *reference.to)})
    # Of the rows a few columns, computed once: each round asks them again.
    candidates = good.select(*_quoted(needed)).localCheckpoint()
    count = candidates.count()
    while True:
        kept = candidates
        for reference in own:
            there = keys_of(spark, reference, names).union(candidates.select(*_quoted(reference.to))).distinct()
            marked, dangling = referred(kept, there, reference, "_there")
            kept = marked.where(~dangling).select(*_quoted(needed))
        kept = kept.localCheckpoint()
        left = kept.count()
        if left == count:
            return kept
        candidates, count = kept, left


def _names_none(reference: Reference) -> Column:
    return any_of(F.col(f"`{name}`").isNull() for name in reference.columns)


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"`{name}`" for name in names]
