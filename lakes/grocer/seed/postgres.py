"""Puts tables into the demo database, all in one transaction."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

import psycopg
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.csv  # type: ignore[import-untyped]
from psycopg import sql

from .rows import Filling
from .sample import MONEY

CHUNK = 100_000

DEFINITIONS = {
    "products": """
        product_id bigint,
        manufacturer_id bigint,
        department text,
        brand text,
        product_category text,
        product_type text,
        package_size text,
        updated_at timestamptz not null
    """,
    "campaigns": """
        campaign_id bigint,
        campaign_type text,
        start_date date,
        end_date date,
        updated_at timestamptz not null
    """,
    "coupons": """
        id bigserial,
        coupon_upc bigint not null,
        product_id bigint not null,
        campaign_id bigint not null,
        updated_at timestamptz not null
    """,
    "campaign_memberships": """
        id bigserial,
        household_id bigint not null,
        campaign_id bigint not null,
        state text not null,
        changed_at timestamptz not null,
        received_at timestamptz not null
    """,
    "transactions": """
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
    """,
}
# Indexes come after the rows, which is faster; one on the watermark is what an incremental read needs.
KEYS = {"products": "product_id", "campaigns": "campaign_id", "coupons": "id", "campaign_memberships": "id", "transactions": "id"}
WATERMARKS = {"campaign_memberships": "received_at", "transactions": "updated_at"}

type Progress = Callable[[str, int, int], None]
type Held = dict[str, tuple[int, dict[str, str]]]


def fill(connection: psycopg.Connection, schema: str, tables: Mapping[str, Filling[pa.Table]], progress: Progress) -> Held:
    """Makes tables hold exactly these rows; does nothing where they do already. Others see the old tables or the new ones.

    Returns:
        By table how many rows it has, and the sum of each column of money as text to the cent.

    Raises:
        ValueError: The database does not hold what was put there.
    """
    expected: Held = {name: (filling.rows, _money(filling)) for name, filling in tables.items()}
    with connection.transaction():
        if _held(connection, schema, tables) == expected:
            for name, filling in tables.items():
                progress(name, filling.rows, filling.rows)
            return expected
        for name, filling in tables.items():
            place = sql.Identifier(schema, name)
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(place))
            connection.execute(sql.SQL("CREATE TABLE {} ({})").format(place, sql.SQL(DEFINITIONS[name])))
            _copy(connection, place, name, filling, progress)
            connection.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(place, sql.Identifier(KEYS[name])))
            if name in WATERMARKS:
                connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(place, sql.Identifier(WATERMARKS[name])))
            connection.execute(sql.SQL("ANALYZE {}").format(place))
        held = _held(connection, schema, tables)
        if held != expected:
            raise ValueError(f"the database holds {held} where {expected} was put; nothing was changed")
    return expected


def _copy(connection: psycopg.Connection, place: sql.Identifier, name: str, filling: Filling[pa.Table], progress: Progress) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, filling.own.column_names))
    done = 0
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(place, columns)) as copy:
        for part in filling.parts:
            for chunk in _chunks(part):
                copy.write(_csv(chunk))
                done += chunk.num_rows
                progress(name, done, filling.rows)


def _chunks(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, CHUNK):
        yield table.slice(start, CHUNK)


def _csv(table: pa.Table) -> bytes:
    sink = BytesIO()
    pa.csv.write_csv(table, sink, pa.csv.WriteOptions(include_header=False))
    return sink.getvalue()


def _money(filling: Filling[pa.Table]) -> dict[str, str]:
    names = [name for name in MONEY if name in filling.own.column_names]
    return {name: f"{sum((pc.sum(part[name]).as_py() or Decimal(0) for part in filling.parts), Decimal(0)):.2f}" for name in names}


def _held(connection: psycopg.Connection, schema: str, tables: Mapping[str, Any]) -> Held | None:
    held: Held = {}
    for name in tables:
        money = [column for column in MONEY if column in DEFINITIONS[name]]
        place = sql.Identifier(schema, name)
        exists = connection.execute("SELECT to_regclass(%s)", [place.as_string(connection)]).fetchone()
        if exists is None or exists[0] is None:
            return None
        sums = [sql.SQL("coalesce(sum({}), 0)::numeric(20,2)::text").format(sql.Identifier(column)) for column in money]
        query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join([sql.SQL("count(*)"), *sums]), place)
        row = connection.execute(query).fetchone()
        if row is None:
            return None
        held[name] = (row[0], dict(zip(money, row[1:], strict=True)))
    return held
