"""The silver tables of a product, each after those that it refers to."""

from functools import partial

from pyspark.sql import SparkSession

from medallion.arguments import Run
from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable, Manifest, SilverTable
from medallion.manifest.schedule import made_from
from medallion.manifest.steps import REFINE
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.publication import Published, publish
from medallion.refine.attempt import allow_attempts
from medallion.refine.table import Refinement


def refine(spark: SparkSession, run: Run) -> tuple[Outcome, ...]:
    """Merges into silver what is new in bronze."""
    allow_attempts(spark)
    database = run.names.database("silver")
    works = [
        TableWork(
            f"{database}.{table.name}",
            partial(_table, spark, run, table),
            needs=made_from(table, run.manifest, run.names),
        )
        for table in run.product.silver
        if run.wants(table.name)
    ]
    return run_tables(spark, REFINE.name, works, failed=run.failed)


def _table(spark: SparkSession, run: Run, contract: SilverTable) -> Published:
    refinement = Refinement(
        spark, contract, input_of(run.manifest, contract), run.names, run.run_id, run.release, everything=run.action == "replay"
    )
    return publish(refinement.table, run.run_id, refinement.draft)


def input_of(manifest: Manifest, contract: SilverTable) -> BronzeTable:
    """The bronze table that a silver one is made from.

    Raises:
        Terminal: The manifest has none of that name.
    """
    for table in manifest.tables("bronze"):
        if isinstance(table, BronzeTable) and table.name == contract.input:
            return table
    raise Terminal(f"{contract.contract}: its input {contract.input!r} is no bronze table of this manifest")
