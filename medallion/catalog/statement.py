"""Spark SQL of table definitions, with names and texts quoted in one place."""

from medallion.catalog.definition import ColumnDefinition, TableDefinition
from medallion.manifest.spark_sql import identifier, text
from medallion.session import CATALOG


def full_identifier(table: TableDefinition) -> str:
    """The table with its catalog and database."""
    return f"{CATALOG}.{identifier(table.database)}.{identifier(table.name)}"


def column_clause(column: ColumnDefinition) -> str:
    """A column in CREATE TABLE and ADD COLUMNS."""
    return (
        f"{identifier(column.name)} {column.type}"
        + (" NOT NULL" if column.required else "")
        + (f" COMMENT {text(column.comment)}" if column.comment else "")
    )


def create_table(table: TableDefinition) -> str:
    """The statement that makes a table."""
    partition = f" PARTITIONED BY ({', '.join(table.partition)})" if table.partition else ""
    properties = ", ".join(f"{text(key)} = {text(value)}" for key, value in table.properties)
    return (
        f"CREATE TABLE {full_identifier(table)} ({', '.join(column_clause(column) for column in table.columns)}) USING iceberg{partition}"
        f" COMMENT {text(table.comment)} LOCATION {text(table.location)} TBLPROPERTIES ({properties})"
    )


def alter_column(table: str, before: ColumnDefinition, after: ColumnDefinition) -> list[str]:
    """The statements that change one column: its type, whether it may be null, its comment."""
    change = f"ALTER TABLE {table} ALTER COLUMN {identifier(after.name)}"
    statements = []
    if before.type.replace(" ", "") != after.type.replace(" ", ""):
        statements.append(f"{change} TYPE {after.type}")
    if before.required and not after.required:
        statements.append(f"{change} DROP NOT NULL")
    if before.comment != after.comment:
        statements.append(f"{change} COMMENT {text(after.comment)}")
    return statements
