"""One table of documents: those that were accepted and are not in bronze yet, one row each, in one append."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import boto3
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from medallion.catalog.snapshot import Snapshot
from medallion.ingest.arrival import ingested_at
from medallion.ingest.documents.accepted import Accepted, accepted_since, moment_of, text_of
from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import INGESTED_AT, RUN_ID, documents_prefix
from medallion.publish.publication import Draft, Result
from medallion.publish.state import State
from medallion.publish.table import LakeTable, Metadata
from medallion.quality.counts import append_failures

# A worker waits for S3 and not for its processor, so it asks for several documents at a time.
_AT_ONCE = 16
_OF_A_PARTITION = 256
_SCHEMA = "document_id string, name string, media_type string, size_bytes bigint, received_at timestamp, text string"
_TOLD = re.compile(r"DamagedDocument: (.+)")

type Row = tuple[str, str, str, int, datetime, str]


class DamagedDocument(Terminal):
    """A document's bytes are not those that were accepted."""


@dataclass(frozen=True)
class DocumentsRead:
    """A bronze table of documents.

    Attributes:
        contract: The table.
        table: Its place in the lake.
        bucket: The bronze bucket.
        release: The release that the job is of.
    """

    contract: BronzeTable
    table: LakeTable
    bucket: str
    release: str

    @property
    def spark(self) -> SparkSession:
        """The session."""
        return self.table.spark

    def draft(self, metadata: Metadata) -> Draft | None:
        """What there is to append; None if nothing is new."""
        before = metadata.state.watermark if metadata.state is not None else None
        found = accepted_since(self.bucket, documents_prefix(self.contract.name), moment_of(before) if before else None)
        new = self._unknown(found) if metadata.head() is not None else found
        if not new:
            return None
        high = text_of(max(one.accepted_at for one in found))
        base = metadata.head()
        run_id = f"documents:{before or 'beginning'}..{high}@{base.id if base is not None else 0}"
        state = State(run_id=run_id, release=self.release, contract_version=self.contract.version, watermark=high)
        observation = Observation()
        columns = [f"`{column.name}`" for column in self.contract.columns]
        rows = documents(self.spark, self.bucket, self.contract.name, new).observe(observation, F.count(F.lit(1)).alias("rows"))
        stamped = rows.select(*columns, F.lit(run_id).alias(RUN_ID), F.lit(ingested_at(base, datetime.now(UTC))).alias(INGESTED_AT))

        def write(branch: str) -> None:
            try:
                stamped.writeTo(branch).append()
            except Exception as error:
                # Spark tells what its workers raise as text within an error of its own.
                told = _TOLD.search(str(error))
                if told is None:
                    raise
                raise DamagedDocument(told[1].strip()) from error

        def audit(_branch: str, commits: tuple[Snapshot, ...]) -> tuple[str, ...]:
            return append_failures(commits, len(new))

        return Draft(result=lambda: Result(state, {"read": int(observation.get["rows"])}), write=write, audit=audit)

    def _unknown(self, found: tuple[Accepted, ...]) -> tuple[Accepted, ...]:
        """Those that bronze does not hold: the overlap is seen again in each run, and a document's acceptance may have been begun twice."""
        if not found:
            return ()
        # A document's row tells when its upload came, as its entries do, so that older files of the table are not even opened.
        since = min(one.received_at for one in found) - timedelta(seconds=1)
        there = self.spark.table(self.table.identifier).where(F.col("received_at") >= F.lit(since)).select("document_id")
        ids = self.spark.createDataFrame([(one.document_id,) for one in found], "document_id string")
        known = {row[0] for row in there.join(F.broadcast(ids), on="document_id", how="left_semi").distinct().collect()}
        return tuple(one for one in found if one.document_id not in known)


def documents(spark: SparkSession, bucket: str, table: str, found: tuple[Accepted, ...]) -> DataFrame:
    """The rows of documents, read by Spark's workers, many side by side."""
    parts = len(found) // _OF_A_PARTITION + 1
    read = spark.sparkContext.parallelize(found, parts).mapPartitions(partial(_rows, bucket, f"{documents_prefix(table)}/texts"))
    return spark.createDataFrame(read, _SCHEMA)


def _rows(bucket: str, folder: str, found: Iterable[Accepted]) -> Iterator[Row]:
    client = boto3.client("s3")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(partial(_row, client, bucket, folder), found)


def _row(client: Any, bucket: str, folder: str, one: Accepted) -> Row:
    key = f"{folder}/{one.document_id}"
    answer = client.get_object(Bucket=bucket, Key=key)
    content = answer["Body"].read()
    if (found := sha256(content).hexdigest()) != one.document_id:
        raise DamagedDocument(f"s3://{bucket}/{key}: its bytes are {found} and no longer those that were accepted; nothing was published")
    # As people read it: a mark of the byte order is none of the letter's.
    text = content.decode("utf-8-sig")
    return one.document_id, unquote(answer["Metadata"]["name"]), answer["ContentType"], len(content), one.received_at, text
