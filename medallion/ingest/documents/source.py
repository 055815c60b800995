"""The documents of a source that a product reads."""

from functools import partial

from pyspark.sql import SparkSession

from medallion.arguments import Run
from medallion.ingest.documents.table import DocumentsRead
from medallion.manifest.model import BronzeTable
from medallion.manifest.steps import INGEST
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.publication import Published, publish
from medallion.publish.table import LakeTable


def ingest_documents(spark: SparkSession, run: Run, source: str) -> tuple[Outcome, ...]:
    """Appends to bronze the documents of a source that the gate has accepted since the last run.

    Args:
        spark: The session.
        run: The run.
        source: The logical source.
    """
    works = [
        TableWork(f"{run.names.database('bronze')}.{table.name}", partial(_table, spark, run, table))
        for table in run.product.bronze
        if table.source == source and run.wants(table.name)
    ]
    return run_tables(spark, INGEST.name, works)


def _table(spark: SparkSession, run: Run, contract: BronzeTable) -> Published:
    names = run.names
    table = LakeTable(spark, names.database("bronze"), contract.name)
    return publish(table, run.run_id, DocumentsRead(contract, table, names.bucket("bronze"), run.release).draft)
