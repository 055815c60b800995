"""All tables that a product reads from one source, at one moment: a row is never newer than the one that it refers to."""

from contextlib import ExitStack
from functools import partial

from pyspark.sql import SparkSession

from medallion.arguments import Given, Run, WrongArguments
from medallion.ingest.jdbc.dialect import dialect_of
from medallion.ingest.jdbc.moment import Moment, Source, joined, moment
from medallion.ingest.jdbc.secret import read_credentials
from medallion.ingest.jdbc.table import draft_of, read_of
from medallion.manifest.errors import LakeError
from medallion.manifest.model import BronzeTable
from medallion.manifest.steps import INGEST
from medallion.outcomes import Outcome, TableWork, run_tables
from medallion.publish.publication import Published, publish
from medallion.publish.table import LakeTable

# Beside the shared transaction each table holds a coordinating connection and its readers; a production source shares its connections with its application.
TABLES_AT_ONCE = 4


def source_of(arguments: Given) -> Source:
    """The source that a job's arguments name, with its credentials.

    Raises:
        WrongArguments: An argument is missing.
        SecretUnreadable: The secret is not what a source needs.
        UnsupportedEngine: The secret names an engine that can't be read yet.
    """
    if arguments.secret is None or arguments.source_prefix is None:
        raise WrongArguments("--secret and --source_prefix are needed; they are set in the job's definition")
    credentials = read_credentials(arguments.secret, arguments.region)
    return Source(dialect_of(credentials.engine), credentials, arguments.source_prefix, arguments.tls)


def ingest(spark: SparkSession, run: Run, name: str, source: Source) -> tuple[Outcome, ...]:
    """Appends to bronze what is new in the tables of a source.

    Args:
        spark: The session.
        run: The run.
        name: The logical source.
        source: What that is in this environment.
    """
    with ExitStack() as stack:
        shared: Moment | LakeError
        try:
            shared = stack.enter_context(moment(spark, source))
        except LakeError as error:
            # Each table shall say so.
            shared = error
        works = [
            TableWork(f"{run.names.database('bronze')}.{table.name}", partial(_table, spark, run, table, shared))
            for table in run.product.bronze
            if table.source == name and run.wants(table.name)
        ]
        return run_tables(spark, INGEST.name, works, TABLES_AT_ONCE)


def _table(spark: SparkSession, run: Run, contract: BronzeTable, shared: Moment | LakeError) -> Published:
    if isinstance(shared, LakeError):
        raise shared
    table = LakeTable(spark, run.names.database("bronze"), contract.name)
    with joined(shared) as opened:
        read = read_of(contract, table, opened, run_id=run.run_id, release=run.release, again=run.again)
        return publish(table, run.run_id, lambda metadata: draft_of(read, metadata))
