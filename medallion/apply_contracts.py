"""Applying contracts: every table of the manifest is made or evolved, nothing is ever dropped."""

from functools import partial

from pyspark.sql import SparkSession

from medallion.catalog.definition import ColumnDefinition, TableDefinition, definitions
from medallion.catalog.evolution import Existing, evolution
from medallion.catalog.statement import create_table
from medallion.jvm import items
from medallion.manifest.model import Manifest
from medallion.manifest.names import Names
from medallion.manifest.steps import APPLY_CONTRACTS
from medallion.ops.parameters import Parameters
from medallion.ops.tables import ops_definitions
from medallion.outcomes import Outcome, TableWork, failure, run_tables
from medallion.publish.publication import Published, unchanged
from medallion.publish.table import LakeTable, Metadata, NoSuchTable


def apply_contracts(spark: SparkSession, manifest: Manifest, names: Names, release: str) -> tuple[Outcome, ...]:
    """Makes the tables of a lake what its contracts say, and records the release once all of them are.

    Args:
        spark: The session.
        manifest: All contracts.
        names: What things are called here.
        release: Recorded in the parameter `Names.applied_release`.
    """
    wanted = (*definitions(manifest, names), *ops_definitions(names))
    works = [TableWork(f"{table.database}.{table.name}", partial(_apply, spark, table)) for table in wanted]
    outcomes = run_tables(spark, APPLY_CONTRACTS.name, works)
    if failure(outcomes) is None:
        Parameters(names).put(names.applied_release, release)
    return outcomes


def _apply(spark: SparkSession, wanted: TableDefinition) -> Published:
    statements = _missing(spark, wanted)
    made = bool(statements)
    while statements:
        try:
            for statement in statements:
                spark.sql(statement)
        except Exception:
            before, statements = statements, _missing(spark, wanted)
            if statements == before:
                raise
            # Another product's run applies the same contracts just now, and was faster with a part of them.
            continue
        break
    return Published("published", {}) if made else unchanged()


def _missing(spark: SparkSession, wanted: TableDefinition) -> tuple[str, ...]:
    """What makes a table what it must be, from what it is now; empty if it is."""
    try:
        existing = existing_table(LakeTable(spark, wanted.database, wanted.name).metadata())
    except NoSuchTable:
        return (create_table(wanted),)
    return evolution(existing, wanted)


def existing_table(metadata: Metadata) -> Existing:
    """A table of the catalog, as it compares with a definition."""
    table = metadata.table
    schema = metadata.java.schema()
    fields = items(metadata.java.spec().fields())
    columns = []
    for field in table.spark.table(table.identifier).schema.fields:
        comment = (field.metadata or {}).get("comment") or ""
        columns.append(ColumnDefinition(field.name, field.dataType.simpleString(), not field.nullable, comment))
    return Existing(
        columns=tuple(columns),
        partition=tuple((str(field.transform().toString()), str(schema.findColumnName(field.sourceId()))) for field in fields),
        properties=metadata.properties,
    )
