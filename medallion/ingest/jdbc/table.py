"""One table from its source to bronze: read at one moment, compared with what is there, appended."""

import json
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyspark import StorageLevel
from pyspark.sql import DataFrame, Observation, Row, Window
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot
from medallion.ingest.arrival import ingested_at
from medallion.ingest.jdbc.digest import digest_columns, digest_text, row_hashes
from medallion.ingest.jdbc.moment import Moment
from medallion.ingest.jdbc.shape import SourceChanged, missing, retyped
from medallion.ingest.jdbc.window import Again, bounds_of, window_of
from medallion.manifest.backfill import NoSuchRange, TimeRange
from medallion.manifest.engines.registry import way_of
from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import INGESTED_AT, PASSING, RUN_ID
from medallion.publish.publication import Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.conditions import any_of
from medallion.quality.counts import append_failures

log = logging.getLogger(__name__)

# A connection more for each 8 MiB, up to what a production source won't notice.
PARTS_PER_READER = 1000
READERS = 8
_NEWEST = PASSING + "newest"


@dataclass(frozen=True)
class Read:
    """What is read of one table at one moment.

    Attributes:
        contract: The table.
        table: Its place in the lake.
        moment: The source's transaction.
        at_source: The table's name at the source, with its prefix.
        slices: Conditions that divide it.
        run_id: The run.
        release: The release that the job is of.
        again: What is read again instead of what is new.
    """

    contract: BronzeTable
    table: LakeTable
    moment: Moment
    at_source: str
    slices: tuple[str, ...]
    run_id: str
    release: str
    again: TimeRange | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The contract's columns."""
        return tuple(column.name for column in self.contract.columns)

    def rows(self, condition: str = "TRUE", *, divided: bool = True) -> DataFrame:
        """The rows that meet a condition, with the contract's types.

        Args:
            condition: The source's SQL.
            divided: Whether several connections share the work; for the few rows of an increment each of them would look for itself.

        Raises:
            SourceChanged: A column's type is another one.
        """
        frame = self.moment.rows(self.at_source, self.columns, condition, self.slices if divided else ("TRUE",))
        if problems := retyped(self.contract, dict(frame.dtypes)):
            raise SourceChanged(self.contract, self.at_source, problems)
        return frame.select(*(F.col(f"`{column.name}`").cast(column.type).alias(column.name) for column in self.contract.columns))

    def state(self, *, watermark: str | None = None, digest: str | None = None) -> State:
        """What the table remembers of this read."""
        return State(run_id=self.run_id, release=self.release, contract_version=self.contract.version, watermark=watermark, digest=digest)


def read_of(contract: BronzeTable, table: LakeTable, moment: Moment, *, run_id: str, release: str, again: TimeRange | None = None) -> Read:
    """Looks at the source's table.

    Raises:
        SourceChanged: It lacks a column of the contract.
        Terminal: It isn't there, or may not be read.
    """
    dialect, at_source = moment.source.dialect, moment.source.prefix + contract.object
    present = json.loads(moment.ask(dialect.describe(at_source))[0] or "{}")
    if problems := missing(contract, present):
        raise SourceChanged(contract, at_source, problems)
    if extra := sorted(set(present) - {column.name for column in contract.columns}):
        log.warning("%s: %s has columns that the contract lacks, not read: %s", contract.contract, at_source, ", ".join(extra))
    if contract.watermark is not None and not present[contract.watermark]:
        _refuse_rows_without_watermark(contract, at_source, moment, contract.watermark)
    size = int(moment.ask(dialect.size(at_source))[0] or 0)
    readers = min(moment.spark.sparkContext.defaultParallelism, READERS, size // PARTS_PER_READER + 1)
    return Read(contract, table, moment, at_source, dialect.slices(size, readers), run_id, release, again)


def _refuse_rows_without_watermark(contract: BronzeTable, at_source: str, moment: Moment, watermark: str) -> None:
    if moment.ask(moment.source.dialect.nulls(at_source, watermark)) == ("true",):
        raise Terminal(
            f"{contract.contract}: {at_source} has rows without {watermark}, which an incremental read never sees; "
            "fill the column at the source, or read the table with `ingestion: snapshot`"
        )


def draft_of(read: Read, metadata: Metadata) -> Draft | None:
    """What a read has to publish; None if nothing is new."""
    if not way_of(read.contract.mode).grows:
        return _snapshot(read, metadata)
    watermark = read.contract.watermark
    if watermark is None:
        raise Terminal(f"{read.contract.contract}: ingestion goes on after a watermark, and there is none")
    return _incremental(read, metadata, watermark) if read.again is None else _again(read, metadata, watermark, read.again)


def _incremental(read: Read, metadata: Metadata, watermark: str) -> Draft | None:
    contract, dialect = read.contract, read.moment.source.dialect
    type = contract.column(watermark).type
    last = metadata.state.watermark if metadata.state is not None else None
    query = dialect.bounds(read.at_source, watermark, type, last, contract.overlap_seconds, read.moment.settled)
    window = window_of(bounds_of(read.moment.ask(query)), last, _base(metadata), f"{contract.contract}: {read.at_source}", watermark)
    if window is None:
        return None
    rows = read.rows(window.condition(dialect, watermark, type), divided=window.low is None)
    state = read.state(watermark=window.high)
    if metadata.head() is None:
        return _append(read, metadata, rows, state, window.run_id)
    there = read.moment.spark.table(read.table.identifier)
    if window.low is not None:
        there = there.where(F.col(f"`{watermark}`") > F.lit(window.low).cast(type))
    return _append_unknown(read, metadata, rows, there, state, window.run_id)


def _again(read: Read, metadata: Metadata, watermark: str, range: TimeRange) -> Draft | None:
    """The rows of a range whose version bronze does not hold; what ordinary runs go on from stays where it is."""
    contract, type = read.contract, read.contract.column(watermark).type
    try:
        start, end = range.bounds(type)
    except NoSuchRange as error:
        raise NoSuchRange(f"{contract.contract}: {error}") from None
    window = Again(start, end, _base(metadata))
    rows = read.rows(window.condition(read.moment.source.dialect, watermark, type))
    state = read.state(watermark=metadata.state.watermark if metadata.state is not None else None)
    column = F.col(f"`{watermark}`")
    there = read.moment.spark.table(read.table.identifier)
    known = there.where((column >= F.lit(start).cast(type)) & (column < F.lit(end).cast(type)))
    return _append_unknown(read, metadata, rows, known, state, window.run_id)


def _append_unknown(read: Read, metadata: Metadata, rows: DataFrame, there: DataFrame, state: State, run_id: str) -> Draft | None:
    staged = _unknown(rows, there, read.contract).persist(StorageLevel.DISK_ONLY)
    count = staged.count()
    if count == 0:
        staged.unpersist()
        return None
    return replace(_append(read, metadata, staged, state, run_id, expected=count), close=staged.unpersist)


def _unknown(rows: DataFrame, there: DataFrame, contract: BronzeTable) -> DataFrame:
    """The rows that are not the newest version of their key in bronze: a change need not move the watermark, and may be taken back."""
    columns, hashes = [column.name for column in contract.columns], [PASSING + "hash_1", PASSING + "hash_2"]
    if contract.key:
        newest = F.max(INGESTED_AT).over(Window.partitionBy(*(f"`{name}`" for name in contract.key)))
        # Rows without a key are many rows, not versions of one.
        keyless = any_of(F.col(f"`{name}`").isNull() for name in contract.key)
        there = there.withColumn(_NEWEST, newest).where(keyless | (F.col(_NEWEST) == F.col(INGESTED_AT)))
    known = there.select(*(one.alias(name) for name, one in zip(hashes, row_hashes(columns), strict=True)))
    hashed = rows.select("*", *(one.alias(name) for name, one in zip(hashes, row_hashes(columns), strict=True)))
    return hashed.join(known, on=hashes, how="left_anti").drop(*hashes)


def _base(metadata: Metadata) -> int:
    head = metadata.head()
    return head.id if head is not None else 0


def _snapshot(read: Read, metadata: Metadata) -> Draft | None:
    rows, before = read.rows(), metadata.state
    run_id = f"snapshot:{read.run_id}@{_base(metadata)}"
    if before is None:
        # The first read needs no comparison, so its digest comes with the writing.
        return _append(read, metadata, rows, read.state(), run_id, digest=True)
    staged = rows.persist(StorageLevel.DISK_ONLY)
    totals: Row = staged.agg(*digest_columns(read.columns)).collect()[0]
    digest = digest_text(totals.asDict())
    if digest == before.digest:
        staged.unpersist()
        return None
    state = read.state(digest=digest)
    return replace(_append(read, metadata, staged, state, run_id, expected=int(totals["rows"])), close=staged.unpersist)


def _append(
    read: Read, metadata: Metadata, rows: DataFrame, state: State, run_id: str, *, expected: int | None = None, digest: bool = False
) -> Draft:
    base = metadata.head()
    observation = Observation()
    observed = rows.observe(observation, *(digest_columns(read.columns) if digest else (F.count(F.lit(1)).alias("rows"),)))
    stamped = observed.withColumn(RUN_ID, F.lit(run_id)).withColumn(INGESTED_AT, F.lit(ingested_at(base, datetime.now(UTC))))

    def result() -> Result:
        values = observation.get
        remembered = state.model_copy(update={"digest": digest_text(values)}) if digest else state
        return Result(remembered, {"read": int(values["rows"])})

    def audit(_branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
        return append_failures(commits, int(observation.get["rows"]) if expected is None else expected)

    return Draft(result=result, write=lambda branch: stamped.writeTo(branch).append(), audit=audit)
