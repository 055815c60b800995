"""What a run leaves to be looked at."""

from datetime import UTC, datetime, timedelta

import pytest

from medallion.manifest.model import Rule
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
