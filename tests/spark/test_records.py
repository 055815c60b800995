"""What a run leaves to be looked at."""

from datetime import UTC, datetime, timedelta

import pytest

from medallion.manifest.model import Bound, Measure, Rule
from tests.spark.lake import ORDERS, REVENUE, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def test_a_run_leaves_a_row_for_every_table_and_one_for_every_rule(lake: Lake) -> None:
    warning = Rule(name="total.large", expression="total < 100", columns=("total",), severity="warning")
    lake.with_tables(ORDERS.model_copy(update={"rules": (*ORDERS.rules, warning)}))
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "200", "2026-01-02")
    lake.order(3, "-1", "2026-01-02", customer_id=99)
    lake.ingest()
    lake.record(lake.refine("monday"), "monday")
    runs = {row.table_name.partition(".")[2]: row for row in lake.rows("ops", "runs")}
    assert {name: (row.run_id, row.product, row.step, row.outcome) for name, row in runs.items()} == {
        "customers": ("monday", "shop", "refine", "published"),
        "orders": ("monday", "shop", "refine", "published"),
    }
    orders = runs["orders"]
    assert orders.row_counts == {"read": 3, "merged": 2, "superseded": 0, "stale": 0, "unchanged": 0, "quarantined": 1, "warned": 1}
    assert orders.inputs[f"{lake.names.prefix}_bronze.store__orders"] == lake.table("bronze", "store__orders").metadata().head().id  # type: ignore[union-attr]
    assert datetime.now(UTC).replace(tzinfo=None) - orders.finished_at.astimezone(UTC).replace(tzinfo=None) < timedelta(minutes=10)
    results = lake.spark.table(lake.table("ops", "quality_results").identifier).where("table_name like '%.orders'").collect()
    assert {row.rule: (row.severity, row.checked, row.failed) for row in results} == {
        "total.type": ("error", 3, 0),
        "total.minimum": ("error", 3, 1),
        "total.large": ("warning", 3, 1),
        "id.required": ("error", 3, 0),
        "updated_at.required": ("error", 3, 0),
        "customer_id.reference": ("error", 3, 1),
    }


def test_a_step_that_changes_nothing_leaves_nothing(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run()
    runs = lake.table("ops", "runs")
    before = runs.metadata().location
    lake.record(lake.ingest(), "idle")
    lake.record(lake.refine(), "idle")
    assert runs.metadata().location == before


def test_a_refused_audit_leaves_its_cause_and_what_its_rules_found(lake: Lake) -> None:
    lake.order(1, "5000000", "2026-01-02")
    lake.ingest(), lake.refine()
    lake.record(lake.aggregate("tuesday"), "tuesday")
    (run,) = lake.rows("ops", "runs")
    assert (run.outcome, run.inputs) == ("failed", {})
    assert "1 rows break revenue.maximum" in run.error
    (result,) = [row for row in lake.rows("ops", "quality_results") if row.failed]
    assert (result.rule, result.severity, result.checked, result.failed) == (REVENUE.rules[0].name, "error", 1, 1)


def test_two_jobs_at_once_lose_no_record(lake: Lake) -> None:
    from concurrent.futures import ThreadPoolExecutor

    lake.order(1, "10", "2026-01-02")
    outcomes = lake.ingest()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda number: lake.record(outcomes, f"run-{number}"), range(4)))
    assert len({row.run_id for row in lake.rows("ops", "runs")}) == 4


def test_a_number_of_the_table_is_recorded_and_stops_it_where_it_is_not_what_it_must_be(lake: Lake) -> None:
    few = Measure(name="rowCount", aggregate="count(*)", bounds=(Bound(operator="<", values=(3,)),))
    asked = Measure(
        name="dearest", query="SELECT max(total) FROM orders", bounds=(Bound(operator="between", values=(1, 9)),), severity="warning"
    )
    share = Measure(
        name="customer_id.nullValues",
        aggregate="coalesce(100D * (count_if(NOT coalesce(`customer_id` IS NOT NULL, true))) / nullif(count(*), 0), 0)",
        bounds=(Bound(operator="<=", values=(50,)),),
    )
    lake.with_tables(ORDERS.model_copy(update={"measures": (few, asked, share)}), REVENUE.model_copy(update={"measures": (few,)}))
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "20", "2026-01-02", customer_id=None)
    lake.record(lake.ingest() | lake.refine("monday") | lake.aggregate("monday"), "monday")

    def results(table: str) -> dict[str, tuple[object, ...]]:
        rows = lake.spark.table(lake.table("ops", "quality_results").identifier).where(f"table_name like '%.{table}'").collect()
        return {row.rule: (row.severity, row.checked, row.failed, row.measured, row.expected) for row in rows if row.run_id == "monday"}

    found = results("orders")
    assert found["rowCount"] == ("error", 2, 0, 2.0, "< 3")
    assert found["dearest"] == ("warning", 2, 1, 20.0, "between 1 and 9")
    assert found["customer_id.nullValues"] == ("error", 2, 0, 50.0, "<= 50")
    assert results("revenue") == {
        "revenue.maximum": ("error", 1, 0, None, None),
        "name.required": ("error", 1, 0, None, None),
        "name.unique": ("error", 1, 0, None, None),
        "rowCount": ("error", 1, 0, 1.0, "< 3"),
    }
    lake.order(3, "5", "2026-01-03")
    lake.ingest()
    assert "rowCount is 3 and must be < 3" in (lake.refine()["silver.orders"].error or "")
    assert [row.id for row in lake.rows("silver", "orders", "id")] == [1, 2]
