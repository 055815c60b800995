"""The versions of rows in time: what there is and what is new, put in order; each holds until the next one begins."""

from collections.abc import Sequence
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from medallion.manifest.model import SilverTable
from medallion.manifest.names import INGESTED_AT, IS_CURRENT, RUN_ID, VALID_FROM, VALID_TO

Change = Literal["inserted", "updated", "deleted"]
CHANGE = "_change"
AT = "_at"
GONE = "_gone"
_ARRIVED = "_arrived"
_ASSUMED = "_assumed"
_HELD = "_held"
_VALUE = "_value"
_KEPT = "_kept"
_LAST = "_last"


def changed_versions(events: DataFrame, held: DataFrame, contract: SilverTable) -> DataFrame:
    """What must become of a history so that it holds some events as well; nothing where it holds them already.

    Of several events of a key at one moment the last one counts, by the contract's sequence and then by arrival. A version whose values are
    those of the one before it is none. An event may lie before versions that are there: it takes its place among them.

    Args:
        events: The contract's columns, `_run_id`, `_ingested_at`, `_at` (from when the row holds, or is gone) and `_gone`. Of a row that is
            gone only key, `_ingested_at`, `_at` and `_gone` mean something.
        held: The history's versions that current ones are among, and all that ended at or after the earliest event.
        contract: The table.

    Returns:
        The history's columns and `_change`, which says what becomes of the version of that key and `valid_from`.
    """
    key = list(contract.key)
    columns = [column.name for column in contract.columns]
    stored = [*columns, RUN_ID, INGESTED_AT]
    keys = _quoted(key)
    value = F.struct(*_quoted(stored)).alias(_VALUE)
    mine = held.join(events.select(*keys).distinct(), on=key, how="left_semi")
    before = F.struct(value, F.col(VALID_TO)).alias(_HELD)
    nothing = F.lit(None).cast(_struct_type(held, stored))
    none_before = F.lit(None).cast(f"struct<{_VALUE}: {_struct_type(held, stored)}, {VALID_TO}: timestamp>")
    true, false = F.lit(True), F.lit(False)
    new = events.select(*keys, AT, GONE, F.col(INGESTED_AT).alias(_ARRIVED), false.alias(_ASSUMED), value, none_before.alias(_HELD))
    begun = mine.select(
        *keys, F.col(VALID_FROM).alias(AT), false.alias(GONE), F.col(INGESTED_AT).alias(_ARRIVED), false.alias(_ASSUMED), value, before
    )
    # That a version ended is an event as well, unless another one took its place at that moment.
    ended = mine.where(F.col(VALID_TO).isNotNull()).select(
        *keys,
        F.col(VALID_TO).alias(AT),
        true.alias(GONE),
        F.col(INGESTED_AT).alias(_ARRIVED),
        true.alias(_ASSUMED),
        nothing.alias(_VALUE),
        none_before.alias(_HELD),
    )
    moment = Window.partitionBy(*keys, AT)
    order = [F.col(_ASSUMED), *(F.col(f"{_VALUE}.`{name}`").desc_nulls_last() for name in contract.sequence), F.col(_ARRIVED).desc()]
    placed = (
        new.unionByName(begun)
        .unionByName(ended)
        .withColumn(_LAST, F.row_number().over(moment.orderBy(*order, F.col(_HELD).isNotNull())))
        .withColumn(_HELD, F.first(_HELD, ignorenulls=True).over(moment))
        .where(F.col(_LAST) == 1)
    )
    line = Window.partitionBy(*keys).orderBy(AT)
    compared = _comparable(held, columns)
    was_gone = F.lag(GONE).over(line)
    kept = (
        F.when(was_gone.isNull(), ~F.col(GONE))
        .when(F.col(GONE), ~was_gone)
        .otherwise(was_gone | ~compared.eqNullSafe(F.lag(compared).over(line)))
    )
    following = line.rowsBetween(1, Window.unboundedFollowing)
    lasting = placed.withColumn(_KEPT, kept).withColumn(VALID_TO, F.min(F.when(F.col(_KEPT), F.col(AT))).over(following))
    stands = F.col(_KEPT) & ~F.col(GONE)
    same = compared.eqNullSafe(_comparable(held, columns, f"{_HELD}.{_VALUE}")) & F.col(VALID_TO).eqNullSafe(F.col(f"{_HELD}.{VALID_TO}"))
    change = F.when(~stands, F.when(F.col(_HELD).isNotNull(), "deleted")).when(F.col(_HELD).isNull(), "inserted").when(~same, "updated")
    return (
        lasting.withColumn(CHANGE, change)
        .where(F.col(CHANGE).isNotNull())
        .select(
            *(F.col(f"`{name}`") if name in key else F.col(f"{_VALUE}.`{name}`") for name in stored),
            F.col(AT).alias(VALID_FROM),
            VALID_TO,
            F.col(VALID_TO).isNull().alias(IS_CURRENT),
            CHANGE,
        )
    )


def first_versions(events: DataFrame, contract: SilverTable) -> DataFrame:
    """The versions of an empty history from events of which each is of another key and none is gone."""
    return events.select(
        *_quoted([column.name for column in contract.columns]),
        RUN_ID,
        INGESTED_AT,
        F.col(AT).alias(VALID_FROM),
        F.lit(None).cast("timestamp").alias(VALID_TO),
        F.lit(True).alias(IS_CURRENT),
        F.lit("inserted").alias(CHANGE),
    )


def contradictions(versions: DataFrame, live: DataFrame, key: Sequence[str]) -> DataFrame:
    """How many keys contradict what a history promises: `overlapping`, `unclear`, `missing` and `surplus`.

    Args:
        versions: All versions of some keys that are current or ended lately.
        live: Those of the keys that the table has.
        key: The key's columns.
    """
    line = Window.partitionBy(*_quoted(key)).orderBy(VALID_FROM)
    next_one = F.lead(VALID_FROM).over(line)
    open_, begins = F.col(VALID_TO).isNull(), F.col(VALID_FROM)
    found = versions.select(
        *_quoted(key),
        F.coalesce((F.col(VALID_TO) <= begins) | (next_one < F.col(VALID_TO)) | (open_ & next_one.isNotNull()), F.lit(False)).alias(
            "_over"
        ),
        (F.col(IS_CURRENT) != open_).alias("_unclear"),
        F.col(IS_CURRENT).cast("int").alias("_current"),
    )
    by_key = found.groupBy(*_quoted(key)).agg(
        F.max("_over").alias("_over"), F.max("_unclear").alias("_unclear"), F.sum("_current").alias("_current")
    )
    joined = by_key.join(live.select(*_quoted(key)).withColumn("_live", F.lit(True)), on=list(key), how="full")
    return joined.agg(
        F.count_if(F.col("_over")).alias("overlapping"),
        F.count_if(F.col("_unclear")).alias("unclear"),
        F.count_if(F.col("_live").isNotNull() & (F.coalesce("_current", F.lit(0)) == 0)).alias("missing"),
        F.count_if(F.col("_live").isNull() & (F.coalesce("_current", F.lit(0)) > 0)).alias("surplus"),
    )


def _comparable(rows: DataFrame, names: Sequence[str], within: str = _VALUE) -> Column:
    """The values of some columns as one that Spark compares; it compares no maps."""
    types = dict(rows.dtypes)

    def one(name: str) -> Column:
        column = F.col(f"{within}.`{name}`")
        return F.to_json(F.struct(column)).alias(name) if "map<" in types[name] else column.alias(name)

    return F.struct(*map(one, names))


def _struct_type(rows: DataFrame, names: Sequence[str]) -> str:
    types = dict(rows.dtypes)
    return f"struct<{', '.join(f'`{name}`: {types[name]}' for name in names)}>"


def _quoted(names: Sequence[str]) -> list[Column]:
    return [F.col(f"`{name}`") for name in names]
