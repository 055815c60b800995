"""What a model extracts for a product."""

from functools import partial

from pyspark.sql import SparkSession

from medallion.arguments import Run
from medallion.ingest.extraction.asked import Questions
from medallion.ingest.extraction.table import ExtractionRead
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.model import BronzeTable
from medallion.manifest.schedule import full_name, made_from
from medallion.manifest.steps import INGEST
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.publication import Published, publish
from medallion.publish.table import LakeTable

# The model's limits and the run's budget are of all tables together.
TABLES_AT_ONCE = 1


def ingest_extraction(spark: SparkSession, run: Run, source: str, settings: ExtractionSource) -> tuple[Outcome, ...]:
    """Asks a model about the documents that are new, and appends what it finds to bronze.

    Args:
        spark: The session.
        run: The run.
        source: The logical source.
        settings: What it is in this environment.
    """
    works = [
        TableWork(full_name(table, run.names), partial(_table, spark, run, table, settings), made_from(table, run.manifest, run.names))
        for table in run.product.bronze
        if table.source == source and run.wants(table.name)
    ]
    return run_tables(spark, INGEST.name, works, TABLES_AT_ONCE, failed=run.failed)


def _table(spark: SparkSession, run: Run, contract: BronzeTable, settings: ExtractionSource) -> Published:
    names = run.names
    if contract.extraction is None:
        raise ValueError(f"{contract.contract}: the manifest does not say what is extracted")
    database = names.database("bronze")
    table = LakeTable(spark, database, contract.name)
    questions = Questions(
        source=contract.source,
        settings=settings,
        extraction=contract.extraction,
        table=contract.name,
        bucket=names.bucket("bronze"),
        region=names.region,
        run_id=run.run_id,
    )
    read = ExtractionRead(
        contract=contract,
        table=table,
        documents=LakeTable(spark, database, contract.extraction.documents),
        questions=questions,
        release=run.release,
        again=run.action == "replay",
    )
    return publish(table, run.run_id, read.draft)
