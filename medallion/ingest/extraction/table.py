"""One table that a model extracts from documents: what it answers about those that it was not asked about, in one append."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import Row as SparkRow
from pyspark.sql import functions as F

from medallion.catalog.increment import Increment, increment
from medallion.catalog.snapshot import Snapshot
from medallion.ingest.arrival import ingested_at
from medallion.ingest.extraction.answers import Answers, answer_key
from medallion.ingest.extraction.asked import Asked, Questions
from medallion.ingest.extraction.document import Document
from medallion.ingest.extraction.rows import bronze_rows
from medallion.manifest.engines.registry import way_of
from medallion.manifest.model import BronzeTable, Extraction
from medallion.manifest.names import DELETED, INGESTED_AT, REFUSED, RUN_ID, WRITTEN_AT
from medallion.publish.publication import Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.counts import append_failures

# A worker waits for S3 and not for its processor, so it asks for several answers at a time.
_AT_ONCE = 16
# A partition's texts are in the driver's memory at once.
_PART_BYTES = 16 * 1024 * 1024
_EARLIER = "_earlier"


@dataclass(frozen=True)
class ExtractionRead:
    """A bronze table that is extracted.

    Attributes:
        contract: The table.
        table: Its place in the lake.
        documents: The table of documents.
        questions: What is asked about them.
        release: The release that the job is of.
        again: Whether documents whose last answer was refused are asked about once more, and no others.
    """

    contract: BronzeTable
    table: LakeTable
    documents: LakeTable
    questions: Questions
    release: str
    again: bool = False

    @property
    def spark(self) -> SparkSession:
        """The session."""
        return self.table.spark

    def draft(self, metadata: Metadata) -> Draft | None:
        """What there is to append; None if there is no document to ask about."""
        began = datetime.now(UTC)
        digest = f"{self.questions.version}/{self.questions.model}"
        before = metadata.state
        # Another model or another question: all documents are asked about, and nothing of before counts.
        known = before if before is not None and before.digest == digest else None
        used = known.inputs.get(self.documents.full_name) if known is not None else None
        new = increment(self.documents.metadata().history(), None if self.again else used)
        if new is None or (self.again and known is None):
            # Where another question is due, the next run asks it about all documents, those that were refused among them.
            return None
        texts = self._texts(new)
        open_since = known.watermark if known is not None else None
        wanted = self._refused(texts) if self.again else self._unanswered(texts, open_since, lost=new.lost)
        asked = self.questions.ask(_documents(wanted, again=self.again))
        if not asked.answered and not asked.left and self.again:
            return None
        left = asked.left > 0
        until = new.until if not left and not self.again else used
        state = State(
            run_id=f"extraction:{digest}:{used or 'beginning'}..{new.until}@{_id(metadata)}",
            release=self.release,
            contract_version=self.contract.version,
            inputs={self.documents.full_name: until} if until is not None else {},
            watermark=(open_since or began.isoformat()) if left else (open_since if self.again else None),
            digest=digest,
        )
        if not asked.answered:
            return Draft(result=lambda: Result(state, _told(asked, 0)))
        # A document that was asked about before may have had more records.
        before_them = self._earlier() if metadata.head() is not None and (known is None or self.again) else None
        return self._append(metadata, texts, asked, state, before_them)

    def _texts(self, new: Increment) -> DataFrame:
        reader = self.spark.read.format("iceberg").option("split-size", _PART_BYTES)
        if new.after is not None:
            reader = reader.option("start-snapshot-id", new.after).option("end-snapshot-id", new.until)
        else:
            reader = reader.option("versionAsOf", new.until)
        return reader.load(self.documents.identifier).select("document_id", "text")

    def _unanswered(self, texts: DataFrame, open_since: str | None, *, lost: bool) -> DataFrame:
        """Those that have no answer in bronze: all of a range, unless the run before left some of it."""
        if open_since is None and not lost:
            return texts
        answered = self.spark.table(self.table.identifier).where(F.col("record") == 0)
        if open_since is not None and not lost:
            # Rows from before the range was begun are of other documents, so that older files are not even opened.
            answered = answered.where(F.col(INGESTED_AT) >= F.lit(datetime.fromisoformat(open_since)))
        return texts.join(answered.select("document_id").distinct(), on="document_id", how="left_anti")

    def _refused(self, texts: DataFrame) -> DataFrame:
        """Those whose last answer was refused."""
        first = self.spark.table(self.table.identifier).where(F.col("record") == 0)
        last = first.groupBy("document_id").agg(F.max_by(REFUSED, INGESTED_AT).alias(REFUSED))
        return texts.join(F.broadcast(last.where(F.col(REFUSED).isNotNull()).select("document_id")), on="document_id", how="left_semi")

    def _earlier(self) -> DataFrame:
        """How many records each document has had at most."""
        there = self.spark.table(self.table.identifier).where(F.col(REFUSED).isNull() & ~F.col(DELETED))
        return there.groupBy("document_id").agg((F.max("record") + 1).cast("int").alias(_EARLIER))

    def _append(self, metadata: Metadata, texts: DataFrame, asked: Asked, state: State, earlier: DataFrame | None) -> Draft:
        ids = self.spark.createDataFrame([(id,) for id in asked.answered], "document_id string")
        chosen = texts.join(F.broadcast(ids), on="document_id", how="left_semi")
        counted = chosen.join(earlier, on="document_id", how="left") if earlier is not None else chosen.withColumn(_EARLIER, F.lit(0))
        columns = {column.name: column.type for column in (*self.contract.columns, *way_of(self.contract.mode).adds)}
        questions = self.questions
        worker = partial(_rows, questions.bucket, questions.extraction, questions.table, questions.version, questions.model, tuple(columns))
        schema = ", ".join(f"`{name}` {type}" for name, type in columns.items())
        found = self.spark.createDataFrame(counted.select("document_id", "text", _EARLIER).rdd.mapPartitions(worker), schema)
        observation = Observation()
        numbers = (F.count(F.lit(1)).alias("rows"), F.count_if(F.col("record") == 0).alias("documents"))
        now = ingested_at(metadata.head(), datetime.now(UTC))
        stamps = {RUN_ID: F.lit(state.run_id), INGESTED_AT: F.lit(now), WRITTEN_AT: F.lit(now)}
        stamped = found.observe(observation, *numbers).withColumns(stamps).select(*self.spark.table(self.table.identifier).columns)

        def write(branch: str) -> None:
            stamped.writeTo(branch).append()

        def audit(_branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            documents = int(observation.get["documents"])
            short = () if documents == len(asked.answered) else (f"{documents} documents have rows instead of {len(asked.answered)}",)
            return (*append_failures(commits, int(observation.get["rows"])), *short)

        return Draft(result=lambda: Result(state, _told(asked, int(observation.get["rows"]))), write=write, audit=audit)


def _documents(wanted: DataFrame, *, again: bool) -> Iterator[Document]:
    for row in wanted.toLocalIterator():
        yield Document(row["document_id"], row["text"] or "", again)


def _told(asked: Asked, rows: int) -> dict[str, int]:
    """What is reported: rows, documents by what became of them, and calls."""
    summary = asked.summary
    documents = {"documents": len(asked.answered), "without_records": summary.none, "refused": summary.refused}
    waiting = {"waiting": asked.left} if asked.left else {}
    return {"read": rows, **documents, **waiting, "calls": summary.calls}


def _id(metadata: Metadata) -> int:
    head = metadata.head()
    return head.id if head is not None else 0


def _rows(
    bucket: str, extraction: Extraction, table: str, version: str, model: str, columns: tuple[str, ...], found: Iterable[SparkRow]
) -> Iterator[tuple[Any, ...]]:
    client = boto3.client("s3")

    def read(row: SparkRow) -> tuple[SparkRow, str, Answers]:
        key = answer_key(table, version, model, row["document_id"])
        return row, key, Answers.model_validate_json(client.get_object(Bucket=bucket, Key=key)["Body"].read())

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for row, key, answers in pool.map(read, found):
            for made in bronze_rows(answers, extraction, row["text"] or "", key, row[_EARLIER] or 0):
                yield tuple(made[name] for name in columns)
