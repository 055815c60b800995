"""A DuckDB that reads a laptop's Iceberg tables by itself: nothing of ours is between a test and what was written."""

from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from tests.local.lake import Lake


def duck(lake: Lake) -> duckdb.DuckDBPyConnection:
    """A DuckDB in which each table of the lake is a view: `bronze.<table>`, `silver.<table>`, `gold.<table>`."""
    connection = duckdb.connect(":memory:", config={"allow_unsigned_extensions": "true"})
    for name in ("httpfs", "avro", "iceberg"):
        (extension,) = Path(str(files(f"duckdb_extension_{name}"))).rglob(f"{name}.duckdb_extension")
        connection.execute(f"LOAD '{extension}'")
    given = lake.laptop.client_environment()
    connection.execute(
        f"CREATE SECRET laptop (TYPE s3, key_id '{given['AWS_ACCESS_KEY_ID']}', secret '{given['AWS_SECRET_ACCESS_KEY']}',"
        f" region '{given['AWS_REGION']}', endpoint '{urlsplit(given['AWS_ENDPOINT_URL']).netloc}', url_style 'path', use_ssl false)"
    )
    connection.execute("SET TimeZone = 'UTC'")
    for layer in ("bronze", "silver", "gold"):
        connection.execute(f"CREATE SCHEMA {layer}")
    for name, location in lake.metadata_locations().items():
        database, _, table = name.partition(".")
        connection.execute(f"CREATE VIEW {database.removeprefix('local_')}.{table} AS SELECT * FROM iceberg_scan('{location}')")
    return connection
