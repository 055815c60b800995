"""The catalog as Lake Formation sees it."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.emulator.records import Records
from local.service import Json
from local.services.lakeformation.lake import CatalogEntry
from local.services.lakeformation.refusals import missing
from medallion.manifest.access.permissions import Table

ALL_COLUMNS = "*"


class Catalog:
    """The databases and tables of the Glue catalog."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def entries(self) -> Iterator[CatalogEntry]:
        """All databases and tables."""
        for database in self._records.glue_databases():
            yield CatalogEntry((database["Name"],), str(database.get("CreateTime")))
        for table in self._records.glue_tables():
            yield CatalogEntry((table["DatabaseName"], table["Name"]), str(table.get("CreateTime")))

    def database(self, name: str) -> Json:
        """A database.

        Raises:
            ServiceError: There is none of that name.
        """
        database = self._records.glue_database(name)
        if database is None:
            raise missing(f"Database not found: {name}")
        return database

    def table(self, database: str, name: str) -> Table:
        """A table.

        Raises:
            ServiceError: There is none of that name.
        """
        table = self.known_table(database, name)
        if table is None:
            raise missing(f"Table not found: {database}.{name}")
        return table

    def known_table(self, database: str, name: str) -> Table | None:
        """A table, None if there is none of that name."""
        entry = self._records.glue_table(database, name)
        return None if entry is None else _table(entry)

    def types(self, database: str, name: str) -> dict[str, str]:
        """The types of a table's columns, as the catalog writes them.

        Raises:
            ServiceError: There is no table of that name.
        """
        self.table(database, name)
        return columns(self._records.glue_table(database, name) or {})

    def tables(self) -> list[Table]:
        """All tables."""
        tables = [
            Table(database=table["DatabaseName"], name=table["Name"], columns=tuple(columns(table)))
            for table in self._records.glue_tables()
        ]
        return sorted(tables, key=lambda table: (table.database, table.name))

    def location(self, database: str, name: str | None = None) -> str:
        """Where the files of a database or a table are, an S3 URL; empty where the catalog does not say."""
        if name is None:
            return str((self._records.glue_database(database) or {}).get("LocationUri") or "")
        entry = self._records.glue_table(database, name) or {}
        return str(entry.get("StorageDescriptor", {}).get("Location") or "")


def _table(entry: Mapping[str, Any]) -> Table:
    # The entry of a view may list none; what is granted on all of it is then granted on something.
    listed = tuple(columns(entry)) or (ALL_COLUMNS,)
    return Table(database=entry["DatabaseName"], name=entry["Name"], columns=listed)


def columns(table: Mapping[str, Any]) -> dict[str, str]:
    """The types of a table's columns now, by name: those that an Iceberg table once had stay in its entry, marked."""
    listed = (table.get("StorageDescriptor") or {}).get("Columns") or ()
    current = [column for column in listed if (column.get("Parameters") or {}).get("iceberg.field.current") != "false"]
    return {str(column["Name"]): str(column.get("Type", "string")) for column in (*current, *(table.get("PartitionKeys") or ()))}
