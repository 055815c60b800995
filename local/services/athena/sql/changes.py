"""Athena's own words for changes of Iceberg tables, as Trino says them."""

from collections.abc import Mapping
from types import MappingProxyType

from local.services.athena.errors import QueryFailed, Unsupported
from local.services.athena.sql.relations import TableName
from local.services.athena.sql.statements import Write

_VACUUM_AGE = "vacuum_max_snapshot_age_seconds"
# Athena's default of that property of a table: five days.
_VACUUM_AGE_SECONDS = 432_000

# Of CREATE TABLE AS: what Athena calls it, and Trino. None stands for what says nothing that the table would keep.
_PROPERTIES = {
    "format": "format",
    "location": "location",
    "external_location": "location",
    "partitioning": "partitioning",
    "partitioned_by": "partitioning",
    "table_type": None,
    "is_external": None,
    "write_compression": None,
    "parquet_compression": None,
    "orc_compression": None,
    "compression_level": None,
}
_FORMATS = ("'PARQUET'", "'ORC'", "'AVRO'")


def texts(write: Write, database: str | None, properties: Mapping[str, str] = MappingProxyType({})) -> tuple[str, ...]:
    """The statements that Trino runs for a change, one after another.

    Args:
        write: The change.
        database: That of the query, for a target without one.
        properties: Of the target's metadata.

    Raises:
        Unsupported: A property of CREATE TABLE AS that Iceberg tables don't have here.
        QueryFailed: Neither the target nor the query has a database; or a property is none.
    """
    name = quoted(write.target, database)
    match write.kind:
        case "OPTIMIZE":
            return (f"ALTER TABLE {name} EXECUTE optimize" + (f" WHERE {write.query}" if write.query else ""),)
        case "VACUUM":
            age = f"(retention_threshold => '{_snapshot_age_seconds(properties)}s')"
            return tuple(f"ALTER TABLE {name} EXECUTE {what}{age}" for what in ("expire_snapshots", "remove_orphan_files"))
        case "ALTER TABLE RENAME":
            return tuple(f"ALTER TABLE {name} RENAME TO {quoted(new, database)}" for new in (write.renamed,) if new is not None)
        case "DROP TABLE" | "DROP VIEW":
            return (f"{write.kind} {'IF EXISTS ' if write.quietly else ''}{name}",)
        case "CREATE TABLE AS":
            own = table_properties(write.properties)
            given = f" WITH ({', '.join(f'{key} = {value}' for key, value in own.items())})" if own else ""
            empty = "" if write.data else " WITH NO DATA"
            return (f"CREATE TABLE {'IF NOT EXISTS ' if write.quietly else ''}{name}{given} AS {write.query}{empty}",)
        case "CREATE VIEW":
            # As who asks, so that a view shows nobody what was only its maker's to see.
            return (f"CREATE {'OR REPLACE ' if write.quietly else ''}VIEW {name} SECURITY INVOKER AS {write.query}",)
        case _:
            return (write.text,)


def table_properties(given: Mapping[str, str]) -> dict[str, str]:
    """The properties of an Iceberg table in Trino, from those that CREATE TABLE AS has in Athena.

    Raises:
        Unsupported: One that has no counterpart, by name.
    """
    properties: dict[str, str] = {}
    for name, value in given.items():
        if name not in _PROPERTIES:
            raise Unsupported(f"table property {name} in CREATE TABLE AS")
        if name == "format" and value.upper() not in _FORMATS:
            raise Unsupported(f"format {value} in CREATE TABLE AS")
        if (trino := _PROPERTIES[name]) is not None:
            properties[trino] = value.upper() if name == "format" else value
    return properties


def quoted(table: TableName, database: str | None) -> str:
    """A table's name with its database, in double quotes.

    Raises:
        QueryFailed: There is no database.
    """
    place = known_database(table.database or database)
    return ".".join('"' + part.replace('"', '""') + '"' for part in (place, table.name))


def known_database(database: str | None) -> str:
    """A database that must be known.

    Raises:
        QueryFailed: It is not.
    """
    if not database:
        raise QueryFailed("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set")
    return database


def _snapshot_age_seconds(properties: Mapping[str, str]) -> int:
    given = str(properties.get(_VACUUM_AGE, _VACUUM_AGE_SECONDS))
    if not (given.isascii() and given.isdecimal()):
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"{_VACUUM_AGE} of the table is no number of seconds")
    return int(given)
