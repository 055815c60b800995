"""The bronze rows of a run, and the silver rows that they are compared with."""

from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.increment import Increment
from medallion.manifest.model import BronzeTable, SilverTable
from medallion.manifest.names import INGESTED_AT, PASSING, RUN_ID
from medallion.publish.table import LakeTable
from medallion.refine.decision.plan import Batch
from medallion.refine.decision.reading import reading_of
from medallion.refine.retry import RETRIED
from medallion.refine.typing import plain_input

_ROWS = PASSING + "rows"


@dataclass(frozen=True)
class BatchReader:
    """Reads what a run merges into one silver table.

    Attributes:
        spark: The session.
        contract: The silver table.
        bronze: Its input.
        table: The silver table's place in the lake.
        input: The bronze table's.
    """

    spark: SparkSession
    contract: SilverTable
    bronze: BronzeTable
    table: LakeTable
    input: LakeTable

    def rows(self, new: Increment, watermark: str | None) -> DataFrame:
        """The rows of a range: bronze's columns, `_run_id`, `_ingested_at` and a `RETRIED` that is null.

        Args:
            new: The range.
            watermark: `_ingested_at` of the last rows used before, for a range whose beginning has expired.
        """
        columns = [f"`{column.name}`" for column in self.bronze.columns] + [*reading_of(self.bronze).images]
        return self._range(new, watermark).select(*columns, RUN_ID, INGESTED_AT, F.lit(None).cast("string").alias(RETRIED))

    def _range(self, new: Increment, watermark: str | None) -> DataFrame:
        reader = self.spark.read.format("iceberg")
        if new.after is not None:
            return reader.option("start-snapshot-id", new.after).option("end-snapshot-id", new.until).load(self.input.identifier)
        rows = reader.option("versionAsOf", new.until).load(self.input.identifier)
        return rows.where(F.col(INGESTED_AT) > F.lit(watermark).cast("timestamp")) if new.lost and watermark is not None else rows

    def look(self, rows: DataFrame) -> Batch:
        """What there is to know of a batch before its rows are made: cheap, from a few columns."""
        aggregates = [
            F.count(F.lit(1)).alias("read"),
            # Of what is new: what is tried again came before.
            F.max(F.when(F.col(RETRIED).isNull(), F.col(INGESTED_AT))).cast("string").alias("newest"),
            F.count(RETRIED).alias("retried"),
        ]
        leading = self._leading()
        if leading is not None:
            aggregates += [F.min(f"`{leading}`").alias("low"), F.max(f"`{leading}`").alias("high")]
        return Batch(**rows.agg(*aggregates).collect()[0].asDict())

    def _leading(self) -> str | None:
        """The bronze column of the key's first column, where that can be looked up by range."""
        first = self.contract.column(self.contract.key[0])
        return plain_input(first, self.bronze) if first.type in ("int", "bigint", "date", "string") else None

    def repeated(self, rows: DataFrame) -> bool:
        """Whether a key may be in several rows of a batch: looked up where the key's columns are taken as they are."""
        plain = [plain_input(self.contract.column(name), self.bronze) for name in self.contract.key]
        keys = [f"`{name}`" for name in plain if name is not None]
        if len(keys) < len(plain):
            return True
        counted = rows.select(*keys).dropna().groupBy(*dict.fromkeys(keys)).agg(F.count(F.lit(1)).alias(_ROWS))
        return not counted.where(F.col(_ROWS) > 1).isEmpty()

    def held(self, batch: Batch, snapshot: int) -> DataFrame:
        """The table's rows at a snapshot that may have a key of the batch; files that hold none of them are not read."""
        # Pinned: Spark drops what it keeps of a table that is written, and what is made again of it must be what it was.
        pinned = self.spark.read.format("iceberg").option("versionAsOf", snapshot).load(self.table.identifier)
        # A snapshot is read with the columns of its time.
        there = set(pinned.columns)
        columns = (
            (F.col(f"`{column.name}`") if column.name in there else F.lit(None)).cast(column.type).alias(column.name)
            for column in self.contract.columns
        )
        now = pinned.select(*columns, INGESTED_AT)
        if batch.low is None:
            return now
        key = F.col(f"`{self.contract.key[0]}`")
        return now.where((key >= F.lit(batch.low)) & (key <= F.lit(batch.high)))
