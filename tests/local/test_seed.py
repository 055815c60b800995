"""The sample's seed: exact to the cent, the same when repeated, and all or nothing."""

import shutil
import tempfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow.parquet  # type: ignore[import-untyped]
import pytest

from local.services.rds.postgres import Postgres
from tests.ports import free_port
from tests.sample_seed import seed

PORT = free_port()
PASSWORD = "a-long-password"
SEED = seed()
SAMPLE = seed("sample")


@pytest.fixture(scope="module")
def database() -> Iterator[psycopg.Connection]:
    folder = Path(tempfile.mkdtemp(prefix="seed-"))
    postgres = Postgres(folder / "data", PORT, folder / "postgres.log", folder)
    postgres.initialize("till", PASSWORD, "store")
    try:
        with psycopg.connect(host="127.0.0.1", port=PORT, dbname="store", user="till", password=PASSWORD, autocommit=True) as connection:
            yield connection
    finally:
        postgres.stop()
        shutil.rmtree(folder)


def load(database: psycopg.Connection, rows: int | None) -> Any:
    return SEED.load("store", database, "public", lambda table, done, total: None, rows)


def test_money_is_rounded_half_up_to_the_cent() -> None:
    table = pyarrow.parquet.read_table(SAMPLE.file("transactions"), columns=list(SAMPLE.MONEY))
    for name in SAMPLE.MONEY:
        values = np.unique(table[name].to_numpy())
        expected = [int(Decimal(repr(float(value))).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100) for value in values]
        assert SAMPLE.cents(values).tolist() == expected
    assert SAMPLE.cents(np.array([-0.125, 0.125, 2.5])).tolist() == [-13, 13, 250]


def test_the_database_tells_the_truth_to_the_cent(database: psycopg.Connection) -> None:
    truth = load(database, 1000)
    assert {name: told["rows"] for name, told in truth.items()} == {
        "products": 1000,
        "campaigns": 27,
        "coupons": 1000,
        "campaign_memberships": 1000,
        "transactions": 1000,
    }
    assert truth["products"]["money"] == {}
    assert truth["transactions"] == {
        "rows": 1000,
        "money": {"sales_value": "2870.10", "retail_disc": "484.51", "coupon_disc": "13.25", "coupon_match_disc": "1.65"},
        "source_rows": 1025,
        "dirt": {"negative quantity": 25},
        "silver": {"transactions": {"merged": 1000, "superseded": 0, "quarantined": 25, "rules": {"quantity.minimum": 25}}},
    }
    held = database.execute(
        "SELECT count(*), sum(sales_value), min(id), max(id), max(updated_at - transaction_timestamp) FROM transactions"
    )
    assert [str(value) for value in held.fetchall()[0]] == ["1025", "2870.10", "1", "1025", "0:00:00"]
    for name, told in truth.items():
        assert database.execute(f"SELECT count(*) FROM {name}").fetchall() == [(told["source_rows"],)]


def test_dirt_stands_after_the_grocers_own_rows(database: psycopg.Connection) -> None:
    load(database, 1000)
    assert database.execute("SELECT min(id), max(id), sum(sales_value) FROM transactions WHERE quantity < 0").fetchall() == [
        (1001, 1025, 0)
    ]
    assert database.execute("SELECT array_agg(campaign_id) FROM campaigns WHERE end_date < start_date").fetchall() == [([98],)]
    lost = "SELECT campaign_id, count(*) FROM coupons WHERE campaign_id > 27 GROUP BY 1 ORDER BY 1"
    assert database.execute(lost).fetchall() == [(98, 4), (99, 8)]
    # Late messages: an older state that came after a newer one.
    late = (
        "SELECT count(*) FROM campaign_memberships AS late JOIN campaign_memberships AS own USING (household_id, campaign_id)"
        " WHERE late.id > own.id AND late.state = 'planned' AND late.changed_at < own.changed_at AND late.received_at > own.received_at"
    )
    assert database.execute(late).fetchall() == [(15,)]
    twice = "SELECT count(*) FROM (SELECT 1 FROM campaign_memberships GROUP BY household_id, campaign_id, state, changed_at HAVING count(*) = 2)"
    assert database.execute(twice).fetchall() == [(20,)]


def test_a_second_seed_writes_nothing(database: psycopg.Connection) -> None:
    load(database, 1000)
    before = database.execute("SELECT 'transactions'::regclass::oid, pg_relation_filenode('transactions')").fetchall()
    load(database, 1000)
    assert database.execute("SELECT 'transactions'::regclass::oid, pg_relation_filenode('transactions')").fetchall() == before


def test_a_changed_source_is_made_again(database: psycopg.Connection) -> None:
    truth = load(database, 1000)
    database.execute("DELETE FROM transactions WHERE id = 7")
    assert load(database, 1000) == truth
    assert database.execute("SELECT count(*) FROM transactions WHERE id = 7").fetchall() == [(1,)]


def test_a_seed_that_breaks_off_leaves_what_was_there(database: psycopg.Connection) -> None:
    load(database, 1000)

    def break_off(table: str, done: int, total: int) -> None:
        if table == "transactions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SEED.load("store", database, "public", break_off, 2000)
    assert database.execute("SELECT count(*) FROM transactions").fetchall() == [(1025,)]
    assert database.execute("SELECT count(*) FROM products").fetchall() == [(1000,)]


def test_another_source_is_refused(database: psycopg.Connection) -> None:
    with pytest.raises(KeyError, match="store, loyalty and mail, not for warehouse"):
        SEED.load("warehouse", database, "public", lambda table, done, total: None)
