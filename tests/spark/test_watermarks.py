"""What a source may do with its watermark, and that no row is lost or repeated for it."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from medallion.ingest.jdbc.table import read_of
from tests.spark.lake import ORDERS_AT_SOURCE, PASSWORD, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
BRONZE = "bronze.store__orders"


def test_a_change_that_leaves_the_watermark_is_read_and_so_is_taking_it_back(lake: Lake) -> None:
    for total in ("10", "11", "10"):
        lake.order(1, total, "2026-01-02")
        assert lake.ingest()[BRONZE].rows == {"read": 1}
    assert lake.ingest()[BRONZE].outcome == "unchanged"
    lake.refine()
    assert [row.total for row in lake.rows("silver", "orders", "id, total")] == [Decimal(10)]
    lake.spark.sql(f"ALTER TABLE {lake.table('bronze', 'store__orders').identifier} UNSET TBLPROPERTIES ('medallion.state')")
    assert lake.ingest()[BRONZE].outcome == "unchanged"
    assert len(lake.rows("bronze", "store__orders")) == 3


def test_a_watermark_that_is_still_to_come_or_never_comes_stops_nothing_in_silence(lake: Lake) -> None:
    lake.order(1, "10", "2099-01-01")
    lake.order(2, "10", "infinity")
    lake.order(3, "10", "2026-01-02")
    assert lake.ingest()[BRONZE].rows == {"read": 3}
    lake.order(4, "10", "now")
    assert lake.ingest()[BRONZE].rows == {"read": 1}
    assert lake.ingest()[BRONZE].outcome == "unchanged"
    lake.postgres.execute("DELETE FROM orders WHERE id <> 2")
    assert "no row has a finite updated_at" in (lake.ingest()[BRONZE].error or "")
    lake.postgres.execute("DELETE FROM orders")
    assert lake.ingest()[BRONZE].outcome == "unchanged"
    lake.order(3, "10", "2026-01-02")
    assert "the source went back" in (lake.ingest()[BRONZE].error or "")
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == [1, 2, 3, 4]


def test_a_transaction_longer_than_the_overlap_loses_no_row(lake: Lake) -> None:
    lake.with_tables(ORDERS_AT_SOURCE.model_copy(update={"overlap_seconds": 0}))
    connection: psycopg.Connection[Any]
    with psycopg.connect(lake.postgres.info.dsn, password=PASSWORD) as connection:
        connection.execute(f"INSERT INTO {lake.names.prefix}.orders VALUES (1, 1, '10', now())")
        lake.order(2, "10", "now")
        assert lake.ingest()[BRONZE].rows == {"read": 1}
        connection.commit()
    lake.ingest()
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == [1, 2]


def test_a_number_that_is_committed_late_is_read(lake: Lake) -> None:
    lake.with_tables(ORDERS_AT_SOURCE.model_copy(update={"watermark": "id", "overlap_seconds": 10}))
    for id in (50, 41, 52):
        lake.order(id, "10", "2026-01-02")
        assert lake.ingest()[BRONZE].rows == {"read": 1}
    assert lake.ingest()[BRONZE].outcome == "unchanged"


def test_a_refused_row_outlives_later_runs_of_the_same_range(lake: Lake) -> None:
    for id in (5, 4, 3):
        lake.order(id, "bad", f"2026-01-0{id}")
        lake.ingest(), lake.refine()
    assert len(lake.rows("silver", "orders__quarantine")) == 3


def test_all_tables_of_a_source_are_read_at_one_moment(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first = iter([True])

    def late(*arguments: Any, **named: Any) -> Any:
        if next(first, False):
            lake.customer(2, "Grace")
            lake.order(1, "10", "2026-01-02", customer_id=2)
        return read_of(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr("medallion.ingest.jdbc.source.read_of", late)
        outcomes = lake.ingest()
    assert (outcomes[BRONZE].outcome, outcomes["bronze.store__customers"].rows) == ("unchanged", {"read": 1})
