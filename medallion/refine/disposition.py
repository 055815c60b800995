"""What becomes of each row of a batch: exactly one thing, so that the counts add up to what was read."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from medallion.manifest.model import Column as ContractColumn
from medallion.manifest.model import SilverTable
from medallion.manifest.names import DELETED, INGESTED_AT, WRITTEN_AT
from medallion.quality.conditions import all_of, any_of
from medallion.refine.typing import RULES

DISPOSITION = "_disposition"
GONE = "deleted"
NOW = "_now"
_RANK = "_rank"
_NEWEST = "_newest"
_SPREAD = "_spread"


def disposed(rows: DataFrame, now: DataFrame | None, contract: SilverTable, complete_at: str | None, *, repeated: bool = True) -> DataFrame:
    """The rows with their `_disposition`, and with `_now`, the row of the table that has the key.

    A row that breaks a rule is quarantined before versions are compared, so that a bad newest version never hides a good older one.

    Args:
        rows: Typed rows of the batch.
        now: Rows of the table that may have the batch's keys; None where the table is empty.
        contract: The table.
        complete_at: For a snapshot input, `_ingested_at` of the newest snapshot: a key that it lacks is gone, whatever older ones say.
        repeated: Whether a key may have several rows; where none has, nothing is ranked and no row moves.
    """
    key = [F.col(f"`{name}`") for name in contract.key]
    good = F.size(RULES) == 0
    # Rows without a key are no versions of each other: together they would be one partition, however many they are.
    keyless = any_of(one.isNull() for one in key)
    versions = Window.partitionBy(*key, _SPREAD)
    by_sequence = [F.col(f"`{name}`").desc_nulls_last() for name in contract.sequence]
    arrival = F.col(INGESTED_AT).desc()
    # The newest complete snapshot is the truth, even where the source has set a row back.
    order = [*by_sequence, arrival] if complete_at is None else [arrival, *by_sequence]
    images = DELETED in rows.columns
    if images:
        order = [F.col(WRITTEN_AT).desc(), *order]
    deleted = F.col(DELETED) if images else F.lit(False)
    ranked = rows
    if repeated:
        ranked = rows.withColumn(_SPREAD, F.when(keyless, F.monotonically_increasing_id()).otherwise(0))
        ranked = ranked.withColumn(_RANK, F.row_number().over(versions.orderBy(good.desc(), *order)))
    gone: Column = F.lit(False)
    if complete_at is not None:
        newest = F.max(INGESTED_AT).over(versions) if repeated else F.col(INGESTED_AT)
        ranked = ranked.withColumn(_NEWEST, newest)
        gone = F.col(_NEWEST) < F.lit(complete_at).cast("timestamp")
    columns = [*(column.name for column in contract.columns), INGESTED_AT]
    if now is None:
        joined = ranked.withColumn(NOW, F.lit(None).cast(_struct_type(rows, columns)))
    else:
        theirs = now.select(
            *(F.col(f"`{name}`").alias(f"_key_{name}") for name in contract.key),
            F.struct(*(F.col(f"`{name}`") for name in columns)).alias(NOW),
        )
        joined = ranked.join(theirs, [ranked[f"`{name}`"] == theirs[f"_key_{name}"] for name in contract.key], "left")
    decided = (
        F.when(~good, "quarantined")
        .when(((F.col(_RANK) > 1) | gone) if repeated else gone, "superseded")
        # A deletion is counted apart from the rows that were read; one of a key that the table lacks changes nothing.
        .when(deleted, F.when(F.col(NOW).isNull(), "unchanged").otherwise(GONE))
        .when(F.col(NOW).isNull(), "merged")
        .when(_older((*contract.sequence, INGESTED_AT) if complete_at is None else ()), "stale")
        .when(_same(contract.columns), "unchanged")
        .otherwise("merged")
    )
    return joined.withColumn(DISPOSITION, decided).drop(_RANK, _NEWEST, _SPREAD, *(f"_key_{name}" for name in contract.key))


def _older(sequence: Sequence[str]) -> Column:
    """Whether the batch's row is older than the table's; a row without a place in the sequence is older than any with one.

    Of rows with one place in the sequence the one that came later is the newer, as within a batch: what is tried again came before.
    """
    if not sequence:
        return F.lit(False)
    return F.struct(*(F.col(f"`{name}`") for name in sequence)) < F.struct(*(F.col(f"{NOW}.`{name}`") for name in sequence))


def _same(columns: Sequence[ContractColumn]) -> Column:
    def same(column: ContractColumn) -> Column:
        new, old = F.col(f"`{column.name}`"), F.col(f"{NOW}.`{column.name}`")
        # Spark compares no maps. As text, one whose entries changed places counts as changed, which costs an update and nothing else.
        return (
            F.to_json(F.struct(new)).eqNullSafe(F.to_json(F.struct(old.alias(column.name))))
            if "map<" in column.type
            else new.eqNullSafe(old)
        )

    return all_of(same(column) for column in columns)


def _struct_type(rows: DataFrame, columns: Sequence[str]) -> str:
    types = dict(rows.dtypes)
    return f"struct<{', '.join(f'`{name}`: {types[name]}' for name in columns)}>"
