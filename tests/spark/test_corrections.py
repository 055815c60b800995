"""What a person may decide after a run: to accept what was refused, to take a run back, to try refused rows again."""

from decimal import Decimal

import pytest

from medallion.arguments import Run
from medallion.correction import correct
from tests.spark.lake import ORDERS, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def run(lake: Lake, table: str, action: str) -> Run:
    given = {
        "manifest": lake.manifest,
        "release": "release",
        "names": lake.names,
        "run_id": "by-hand",
        "product": lake.manifest.products[0],
    }
    return Run.model_validate({**given, "tables": (table,), "action": action, "reason": "it is right"})


def revenue(lake: Lake) -> list[Decimal]:
    return [row.revenue for row in lake.rows("gold", "revenue")]


def ids(lake: Lake) -> list[int]:
    return [row.id for row in lake.rows("silver", "orders", "id")]


def refused(lake: Lake) -> list[str]:
    return [row.id for row in lake.rows("silver", "orders__quarantine", "get_json_object(_row, '$.id') AS id")]


def refused_revenue(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run()
    lake.order(2, "5000000", "2026-01-03")
    lake.ingest(), lake.refine()
    assert "lake runs accept revenue" in (lake.aggregate()["gold.revenue"].error or "")


def test_what_was_refused_is_published_with_its_state_and_the_reason(lake: Lake) -> None:
    refused_revenue(lake)
    (outcome,) = correct(lake.spark, run(lake, "revenue", "accept"), "gold", "accept")
    assert (outcome.step, outcome.outcome, outcome.error) == ("accept", "published", None)
    assert revenue(lake) == [Decimal(5000010)]
    metadata = lake.table("gold", "revenue").metadata()
    assert metadata.state is not None
    assert metadata.state.accepted == "it is right"
    assert metadata.branches == ("main",)
    assert not [name for name in metadata.properties if name.startswith("medallion.refused")]
    assert lake.aggregate()["gold.revenue"].outcome == "unchanged"
    (again,) = correct(lake.spark, run(lake, "revenue", "accept"), "gold", "accept")
    assert "nothing to accept" in (again.error or "")


def test_what_was_refused_before_the_last_publication_is_accepted_no_more(lake: Lake) -> None:
    refused_revenue(lake)
    lake.postgres.execute("UPDATE orders SET total = '20', updated_at = '2026-01-04' WHERE id = 2")
    lake.run()
    (outcome,) = correct(lake.spark, run(lake, "revenue", "accept"), "gold", "accept")
    assert "another writer committed meanwhile" in (outcome.error or "")
    assert revenue(lake) == [Decimal(30)]


def test_an_undone_run_is_done_again_by_the_next(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "10", "2026-01-02", customer_id=2)
    lake.run_to_silver()
    lake.customer(2, "Bob")
    lake.order(3, "10", "2026-01-03")
    lake.order(4, "-1", "2026-01-03")
    lake.run_to_silver()
    assert (ids(lake), refused(lake)) == ([1, 2, 3], ["4"])
    (outcome,) = correct(lake.spark, run(lake, "orders", "undo"), "silver", "undo")
    assert outcome.error is None
    assert (ids(lake), refused(lake)) == ([1], ["2"])
    (twice,) = correct(lake.spark, run(lake, "orders", "undo"), "silver", "undo")
    assert "no run to undo" in (twice.error or "")
    assert lake.refine()["silver.orders"].rows["merged"] == 2
    assert (ids(lake), refused(lake)) == ([1, 2, 3], ["4"])


def test_the_first_run_undone_leaves_an_empty_table(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run()
    (outcome,) = correct(lake.spark, run(lake, "store__orders", "undo"), "bronze", "undo")
    assert outcome.error is None
    assert lake.rows("bronze", "store__orders") == []
    lake.run()
    assert [row.id for row in lake.rows("bronze", "store__orders", "id")] == [1]
    assert revenue(lake) == [Decimal(10)]


def test_refused_rows_are_replayed_under_a_contract_that_takes_them(lake: Lake) -> None:
    from medallion.refine.product import refine

    lake.order(1, "-5", "2026-01-02")
    lake.run_to_silver()
    lake.with_tables(ORDERS.model_copy(update={"rules": ()}))
    assert lake.refine()["silver.orders"].outcome == "unchanged"
    (outcome,) = refine(lake.spark, run(lake, "orders", "replay"))
    assert (outcome.rows["retried"], outcome.rows["merged"]) == (1, 1)
    assert [row.total for row in lake.rows("silver", "orders", "total")] == [Decimal(-5)]
    assert lake.rows("silver", "orders__quarantine") == []
