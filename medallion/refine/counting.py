"""What is counted of a batch whose rows are made, and the rows of the table that are gone."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import INGESTED_AT
from medallion.refine.decision.change import Counted, Merged
from medallion.refine.disposition import DISPOSITION, GONE, NOW
from medallion.refine.retry import RETRIED
from medallion.refine.typing import RULES, WARNED, severities


def counts(staged: DataFrame, contract: SilverTable, bronze: BronzeTable, ranged: Sequence[str]) -> Counted:
    """All that is counted of a batch, in one pass.

    Args:
        staged: Its rows with their dispositions.
        contract: The silver table.
        bronze: Its input.
        ranged: The columns whose least and greatest values are wanted.
    """
    rules = list(severities(contract, bronze))
    aggregates = [
        F.count(F.lit(1)).alias("rows"),
        F.count_if(F.col(NOW).isNull()).alias("inserted"),
        F.count(RETRIED).alias("retried"),
        F.count_if(F.size(WARNED) > 0).alias("warned"),
    ]
    for number, name in enumerate(rules):
        broken = F.array_contains(RULES, name) | F.array_contains(WARNED, name)
        aggregates.append(F.count_if(broken).alias(f"rule_{number}"))
    for name in ranged:
        new, old = F.col(f"`{name}`"), F.col(f"{NOW}.`{name}`")
        aggregates += [F.least(F.min(new), F.min(old)).cast("string").alias(f"low_{name}")]
        aggregates += [F.greatest(F.max(new), F.max(old)).cast("string").alias(f"high_{name}")]
    found = {row[DISPOSITION]: row for row in staged.groupBy(DISPOSITION).agg(*aggregates).collect()}
    dispositions = {name: int(row["rows"]) for name, row in found.items()}
    deleted = dispositions.pop(GONE, 0)
    failed = {name: sum(int(row[f"rule_{number}"]) for row in found.values()) for number, name in enumerate(rules)}
    refused_again = int(found["quarantined"]["retried"]) if "quarantined" in found else 0
    if "merged" not in found:
        return Counted(dispositions, deleted, Merged(), failed, refused_again)
    merged = found["merged"]
    ranges = {name: (merged[f"low_{name}"], merged[f"high_{name}"]) for name in ranged}
    return Counted(dispositions, deleted, Merged(int(merged["inserted"]), int(merged["warned"]), ranges), failed, refused_again)


def absent(rows: DataFrame, staged: DataFrame, newest: str | None, key: Sequence[str], columns: Sequence[str]) -> DataFrame:
    """Some columns of the table's rows whose keys the newest complete read lacks; a key whose row broke a rule is not lacking.

    Args:
        rows: The table's.
        staged: The batch's rows.
        newest: `_ingested_at` of that read.
        key: The table's key.
        columns: What to give of a row; the key among them.
    """
    present = staged.where(F.col(INGESTED_AT) == F.lit(newest).cast("timestamp")).select(*(f"`{name}`" for name in key))
    return rows.select(*(f"`{name}`" for name in columns)).join(present, on=list(key), how="left_anti")


def told(staged: DataFrame, key: Sequence[str], columns: Sequence[str]) -> DataFrame:
    """Some columns of the table's rows that rows of the batch say are gone.

    Args:
        staged: The batch's rows with their dispositions.
        key: The table's key.
        columns: What to give of a row; the key among them.
    """
    # What a row says of a deleted one is its key; where that lies is known from the table.
    wanted = (F.col(f"`{name}`") if name in key else F.col(f"{NOW}.`{name}`").alias(name) for name in columns)
    return staged.where(F.col(DISPOSITION) == GONE).select(*wanted)


def spans(rows: DataFrame, columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The least and the greatest values of some columns, as text."""
    if not columns:
        return {}
    bounds = [
        bound(f"`{name}`").cast("string").alias(f"{side}_{name}") for name in columns for side, bound in (("low", F.min), ("high", F.max))
    ]
    found = rows.agg(*bounds).collect()[0]
    return {name: (found[f"low_{name}"], found[f"high_{name}"]) for name in columns}
