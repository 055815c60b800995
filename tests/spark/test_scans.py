"""What a batch reads of the tables that it changes: files that hold none of its rows are left out, and history costs it nothing."""

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.spark.lake import ORDERS, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def newest_first(store: Any) -> Iterator[Any]:
    """What Spark remembers of its executions."""
    executions = store.executionsList()
    return (executions.apply(position) for position in reversed(range(executions.size())))


def most_files(spark: SparkSession, action: Callable[[], object], table: str) -> int:
    """The most data files that a scan of a table read while something was done, by Iceberg's own metrics."""
    store = spark._jsparkSession.sharedState().statusStore()
    # By their ids: Spark keeps only so many executions, so that their number may stay as it is.
    before = next((one.executionId() for one in newest_first(store)), -1)
    action()
    spark._jsc.sc().listenerBus().waitUntilEmpty()
    found, seen = [], []
    for one in takewhile(lambda one: one.executionId() > before, newest_first(store)):
        nodes = store.planGraph(one.executionId()).allNodes()
        values = store.executionMetrics(one.executionId())
        for number in range(nodes.size()):
            node = nodes.apply(number)
            if "Scan" in node.name():
                seen.append((node.name(), node.desc()[:300]))
            if f"{table} " not in f"{node.desc()} ".replace("[", " ").replace("(", " "):
                continue
            for at in range(node.metrics().size()):
                metric = node.metrics().apply(at)
                if metric.name() == "number of result data files" and values.contains(metric.accumulatorId()):
                    found.append(int(str(values.apply(metric.accumulatorId())).replace(",", "")))
    assert found, f"nothing read {table}: {seen}"
    return max(found)


@pytest.mark.parametrize("partition", [ORDERS.partition, ()], ids=["by the partition", "by the key"])
def test_a_merge_reads_only_files_that_can_hold_a_row_of_the_batch(lake: Lake, partition: tuple[str, ...]) -> None:
    lake.with_tables(ORDERS.model_copy(update={"partition": partition}))
    orders = lake.table("silver", "orders")
    lake.spark.sql(f"DROP TABLE {orders.identifier}")
    lake.apply()
    for month in range(1, 4):
        lake.order(month, "10", f"2026-0{month}-10")
        lake.ingest(), lake.refine()
    lake.order(3, "20", "2026-03-20")
    lake.ingest()
    assert most_files(lake.spark, lake.refine, orders.full_name) == 1
    assert [row.total for row in lake.rows("silver", "orders", "id, total")] == [10, 10, 20]


def test_a_batch_reads_no_version_that_ended_before_it(lake: Lake) -> None:
    lake.with_tables(ORDERS.model_copy(update={"history": True}))
    lake.apply()
    history = lake.table("silver", "orders__history")

    def change(day: int) -> None:
        lake.order(1, str(day), f"2026-01-{day:02}")
        lake.ingest(), lake.refine()

    def compacted() -> None:
        """As upkeep does it: current versions that ended since leave their files."""
        lake.spark.sql(
            f"CALL glue_catalog.system.rewrite_data_files(table => '{history.full_name}', where => 'is_current = true', options => map('rewrite-all', 'true'))"
        )

    for day in range(1, 3):
        change(day)
    compacted()
    few = most_files(lake.spark, lambda: change(3), history.full_name)
    for day in range(4, 6):
        change(day)
    compacted()
    assert most_files(lake.spark, lambda: change(6), history.full_name) == few
    assert len(lake.rows("silver", "orders__history")) == 6
