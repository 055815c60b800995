"""All tables that a product reads from one DynamoDB source, each by the exports that are due."""

from collections import Counter
from functools import partial

from pyspark.sql import SparkSession

from medallion.arguments import Given, Run, WrongArguments
from medallion.ingest.export.request import Target
from medallion.ingest.export.table import ExportRead
from medallion.manifest.model import BronzeTable
from medallion.manifest.steps import INGEST
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.publication import Published, publish, unchanged
from medallion.publish.table import LakeTable


def ingest_exports(spark: SparkSession, run: Run, arguments: Given) -> tuple[Outcome, ...]:
    """Appends to bronze what is new in the tables of a DynamoDB source: as many windows as are due, one after the other.

    Args:
        spark: The session.
        run: The run.
        arguments: The job's; `source` and `source_prefix` say what is read.

    Raises:
        WrongArguments: An argument is missing.
    """
    if arguments.source is None or arguments.source_prefix is None:
        raise WrongArguments("--source and --source_prefix are needed; they are set in the job's definition")
    works = [
        TableWork(
            f"{run.names.database('bronze')}.{table.name}", partial(_table, spark, run, table, arguments.source_prefix, arguments.key)
        )
        for table in run.product.bronze
        if table.source == arguments.source and run.wants(table.name)
    ]
    return run_tables(spark, INGEST.name, works)


def _table(spark: SparkSession, run: Run, contract: BronzeTable, prefix: str, key_arn: str | None) -> Published:
    names = run.names
    target = Target(
        table=prefix + contract.object,
        bronze=contract.name,
        bucket=names.bucket("bronze"),
        key_arn=key_arn,
        account=names.account,
        region=names.region,
    )
    read = ExportRead(contract, LakeTable(spark, names.database("bronze"), contract.name), target, run.release)
    rows: Counter[str] = Counter()
    published = False
    # A window is a publication of its own: what a run that is killed has read stays read.
    while (done := publish(read.table, run.run_id, read.draft)).outcome == "published":
        rows.update(done.rows)
        published = True
    return Published("published", dict(rows)) if published else unchanged()
