"""One DynamoDB export to bronze: every item typed, every deletion a row of its own, all in one append."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from pyspark import StorageLevel
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StringType, StructField, StructType

from medallion.catalog.snapshot import Snapshot
from medallion.ingest.arrival import ingested_at
from medallion.ingest.export.files import DataFile, ExportFiles, damage_told, lines
from medallion.ingest.export.request import Target, exported
from medallion.ingest.export.types import misfit, value, wire
from medallion.ingest.export.window import Export, FullExport, moment_of, text_of
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import DELETED, INGESTED_AT, PASSING, RUN_ID, WRITTEN_AT
from medallion.publish.publication import Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.conditions import any_of
from medallion.quality.counts import append_failures

_LINE = "_line"
_UNREADABLE = PASSING + "unreadable"
_IMAGE = "image"


@dataclass(frozen=True)
class ExportRead:
    """A bronze table that is read by exports.

    Attributes:
        contract: The table.
        table: Its place in the lake.
        target: The DynamoDB table and where its files go.
        release: The release that the job is of.
    """

    contract: BronzeTable
    table: LakeTable
    target: Target
    release: str

    @property
    def spark(self) -> SparkSession:
        """The session."""
        return self.table.spark

    def draft(self, metadata: Metadata) -> Draft | None:
        """What the next export has to publish; None if none is due yet."""
        before = metadata.state
        last_end = moment_of(before.watermark) if before is not None and before.watermark is not None else None
        found = exported(self.target, last_end)
        if found is None:
            return None
        export, files = found
        state = State(run_id=export.run_id, release=self.release, contract_version=self.contract.version, watermark=text_of(export.end))
        rows = typed_items(self.spark, self.contract, export, files)
        filled = metadata.head() is not None
        if isinstance(export, FullExport) and filled:
            return self._again(metadata, rows, export, files.items, state)
        if files.items == 0:
            # The window's end has to be remembered, or it would grow past what an export may cover.
            return Draft(result=lambda: Result(state, {"read": 0}))
        return self._append(metadata, rows, export, files.items, state)

    def _again(self, metadata: Metadata, rows: DataFrame, export: FullExport, items: int, state: State) -> Draft:
        """A full export after a gap: the items that are gone since are known by their absence only, and become deletions."""
        staged = rows.persist(StorageLevel.DISK_ONLY)
        keys = [f"`{name}`" for name in self.contract.key]
        newest = F.max_by(DELETED, F.struct(WRITTEN_AT, INGESTED_AT))
        there = self.spark.table(self.table.identifier).groupBy(*keys).agg(newest.alias(DELETED)).where(~F.col(DELETED)).select(*keys)
        gone = there.join(staged.select(*keys), on=list(self.contract.key), how="left_anti").select(
            *keys, F.lit(True).alias(DELETED), F.lit(export.end).alias(WRITTEN_AT)
        )
        both = staged.unionByName(gone, allowMissingColumns=True)
        # Absent columns of a deletion are no misfits.
        filled = both.fillna(False, [name for name in both.columns if name.startswith(_UNREADABLE)])
        # The key of a row that can't be read is not known, so the deletions are counted only once the audit has looked at the rows.
        try:
            with damage_told():
                deletions = gone.count()
        except BaseException:
            staged.unpersist()
            raise
        draft = self._append(metadata, filled, export, items + deletions, state)
        return replace(draft, close=staged.unpersist)

    def _append(self, metadata: Metadata, rows: DataFrame, export: Export, count: int, state: State) -> Draft:
        observation = Observation()
        marks = [name for name in rows.columns if name.startswith(_UNREADABLE)]
        counted = [F.count(F.lit(1)).alias("rows"), *(F.count_if(f"`{name}`").alias(name) for name in marks)]
        columns = [f"`{column.name}`" for column in self.contract.columns]
        stamped = rows.observe(observation, *counted).select(
            *columns,
            F.lit(export.run_id).alias(RUN_ID),
            F.lit(ingested_at(metadata.head(), datetime.now(UTC))).alias(INGESTED_AT),
            DELETED,
            WRITTEN_AT,
        )

        def write(branch: str) -> None:
            with damage_told():
                stamped.writeTo(branch).append()

        def audit(_branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            found: Mapping[str, int] = observation.get
            odd = {name: int(found[name]) for name in marks if found[name]}
            return (*append_failures(commits, count), *self._told(odd))

        def result() -> Result:
            return Result(state, {"read": int(observation.get["rows"])})

        return Draft(result=result, write=write, audit=audit)

    def _told(self, odd: Mapping[str, int]) -> tuple[str, ...]:
        """What can't be read, by column; a value is never taken for null because it is of another type."""
        types = {f"{_UNREADABLE}_{number}": column for number, column in enumerate(self.contract.columns)}
        told = []
        for name, items in odd.items():
            if name == _UNREADABLE:
                told.append(f"{items} lines are no DynamoDB JSON with the key ({', '.join(self.contract.key)})")
            else:
                column = types[name]
                told.append(
                    f"{self.contract.contract}: {column.name} is no {column.type} in {items} items; say in the contract what the source has now"
                )
        return tuple(told)


def typed_items(spark: SparkSession, contract: BronzeTable, export: Export, files: ExportFiles) -> DataFrame:
    """The items of an export, one row each.

    Returns:
        The contract's columns, `_is_deleted`, `_written_at`, and for each column, and for the line as a whole, a mark of what can't be read.
    """
    types = column_types(spark, contract)
    image = StructType([StructField(name, wire(type)) for name, type in types.items()])
    keys = StructType([StructField(name, wire(types[name])) for name in contract.key])
    text = _lines(spark, files)
    if isinstance(export, FullExport):
        read = text.select(F.from_json(_LINE, StructType([StructField("Item", image)])).alias(_IMAGE))
        items = read.select(
            F.col("image.Item").alias(_IMAGE), F.lit(False).alias(DELETED), F.lit(export.end).cast("timestamp").alias(WRITTEN_AT)
        )
        return _columns(items, contract, types, {})
    # DynamoDB has written both {"N": "12"} and "12".
    written = StructType([StructField("WriteTimestampMicros", StringType())])
    line = StructType([StructField("Metadata", written), StructField("Keys", keys), StructField("NewImage", image)])
    read = text.select(F.from_json(_LINE, line).alias("line"))
    micros = F.regexp_extract(F.col("line.Metadata.WriteTimestampMicros"), r"(\d+)", 1).try_cast("bigint")
    items = read.select(
        F.col("line.NewImage").alias(_IMAGE),
        F.col("line.Keys").alias("keys"),
        F.col("line.NewImage").isNull().alias(DELETED),
        F.timestamp_micros(micros).alias(WRITTEN_AT),
    )
    return _columns(items, contract, types, {name: F.col("keys")[name] for name in contract.key})


def column_types(spark: SparkSession, contract: BronzeTable) -> dict[str, DataType]:
    """The contract's columns as Spark's own types."""
    # By way of an empty frame, as the names of columns may be reserved words.
    schema = spark.createDataFrame([], "x int").select(*(F.lit(None).cast(column.type).alias(column.name) for column in contract.columns))
    return {field.name: field.dataType for field in schema.schema.fields}


def _columns(items: DataFrame, contract: BronzeTable, types: Mapping[str, DataType], keys: Mapping[str, SparkColumn]) -> DataFrame:
    made, marks = [], []
    for number, column in enumerate(contract.columns):
        written = F.col(_IMAGE)[column.name]
        if column.name in keys:
            # A deletion has no image but always its key.
            written = F.coalesce(keys[column.name], written)
        made.append(value(written, types[column.name]).alias(column.name))
        marks.append(misfit(written, types[column.name]).alias(f"{_UNREADABLE}_{number}"))
    rows = items.select(*made, DELETED, WRITTEN_AT, *marks)
    lost = any_of(F.col(f"`{name}`").isNull() for name in contract.key)
    return rows.withColumn(_UNREADABLE, lost | F.col(WRITTEN_AT).isNull())


def _lines(spark: SparkSession, files: ExportFiles) -> DataFrame:
    """The lines of all data files, one Spark partition a file; each file is verified as it is read."""
    filled = [file for file in files.files if file.items]
    if not filled:
        return spark.createDataFrame([], f"{_LINE} string")
    read = spark.sparkContext.parallelize(filled, len(filled)).flatMap(partial(_rows, files.bucket))
    return spark.createDataFrame(read, StructType([StructField(_LINE, StringType())]))


def _rows(bucket: str, file: DataFile) -> Iterator[tuple[str]]:
    return ((line,) for line in lines(bucket, file))
