"""The peer of ingestion: DuckDB copies a Postgres table to one Parquet file. Runs in a process of its own, too."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with its Postgres extension, loaded from its wheel."""
    (extension,) = Path(duckdb.__file__).parents[1].glob("duckdb_extension_postgres_scanner/**/postgres_scanner.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    return connection


def copy(connection: duckdb.DuckDBPyConnection, secret: Mapping[str, Any], table: str, columns: str, to: Path) -> int:
    """Copies a table's columns; returns how many rows the file has."""
    login = " ".join(f"{key}={secret[name]}" for key, name in _LOGIN.items())
    connection.execute(f"ATTACH '{login}' AS source (TYPE postgres, READ_ONLY)")
    try:
        connection.execute(f"COPY (SELECT {columns} FROM source.{table}) TO '{to}' (FORMAT parquet)")
    finally:
        connection.execute("DETACH source")
    found = connection.execute(f"SELECT count(*) FROM '{to}'").fetchone()
    return int(found[0]) if found else 0


_LOGIN = {"host": "host", "port": "port", "dbname": "dbname", "user": "username", "password": "password"}

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(copy(connect(), asked["secret"], asked["table"], asked["columns"], Path(asked["to"])))
