"""A range that is read again: what was missed comes through, nothing is doubled, and ordinary runs go on from where they were."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from medallion.manifest.backfill import TimeRange
from tests.spark.lake import ORDERS_AT_SOURCE, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
BRONZE = "bronze.store__orders"
JANUARY = TimeRange(start=datetime(2026, 1, 1, tzinfo=UTC), end=datetime(2026, 2, 1, tzinfo=UTC))


def watermark(lake: Lake) -> str | None:
    state = lake.table("bronze", "store__orders").metadata().state
    assert state is not None
    return state.watermark


def test_rows_that_came_long_after_their_time_are_read_again_and_reach_gold(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "10", "2026-03-01")
    lake.run()
    before = watermark(lake)
    # Beyond the overlap: an ordinary run can't know of them.
    lake.order(3, "5", "2026-01-01T00:00:00Z")
    lake.order(4, "7", "2026-01-31T23:59:59.999999Z")
    lake.order(5, "1000", "2026-02-01T00:00:00Z")
    assert lake.ingest()[BRONZE].outcome == "unchanged"

    assert lake.ingest(again=JANUARY)[BRONZE].rows == {"read": 2}
    assert lake.ingest(again=JANUARY)[BRONZE].outcome == "unchanged"
    assert watermark(lake) == before
    assert {row._run_id.partition("@")[0] for row in lake.rows("bronze", "store__orders") if row.id in (3, 4)} == {f"again:{JANUARY}"}
    assert lake.ingest()[BRONZE].outcome == "unchanged"
    assert lake.refine()["silver.orders"].rows["merged"] == 2
    lake.aggregate()
    assert [row.revenue for row in lake.rows("gold", "revenue", "name, revenue")] == [Decimal(32)]


def test_an_older_version_that_is_read_again_changes_nothing_that_is_newer(lake: Lake) -> None:
    lake.order(1, "10", "2026-03-01")
    lake.run()
    lake.order(1, "9", "2026-01-05")
    assert lake.ingest(again=JANUARY)[BRONZE].rows == {"read": 1}
    assert lake.refine()["silver.orders"].rows["stale"] == 1
    assert [row.total for row in lake.rows("silver", "orders", "id, total")] == [Decimal(10)]


def test_a_table_may_begin_with_a_range_and_then_go_on_with_all_of_it(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "10", "2025-01-02")
    assert lake.ingest(again=JANUARY)[BRONZE].rows == {"read": 1}
    assert watermark(lake) is None
    assert lake.ingest()[BRONZE].rows == {"read": 1}
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == [1, 2]


def test_a_snapshot_is_read_as_always_and_a_number_knows_no_range(lake: Lake) -> None:
    lake.with_tables(ORDERS_AT_SOURCE.model_copy(update={"watermark": "id"}))
    outcomes = lake.ingest(again=JANUARY)
    assert outcomes["bronze.store__customers"].rows == {"read": 1}
    assert outcomes[BRONZE].error == (
        "contracts/shop/bronze/store__orders.yaml: its watermark is a bigint, and a range of time says nothing about a number; "
        "leave --from and --to away"
    )
