"""What a changed contract does to a table that holds rows."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from medallion.manifest.model import Column
from tests.spark.lake import CUSTOMERS, ORDERS, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def test_a_wider_contract_evolves_the_table_and_keeps_its_rows(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run()
    total = Column(name="total", type="decimal(12,2)", description="What the customer paid; it's gross.")
    note = Column(name="note", type="string", expression="concat('order ', id)")
    columns = (ORDERS.columns[0], ORDERS.columns[1], total, ORDERS.columns[3], note)
    lake.with_tables(ORDERS.model_copy(update={"columns": columns}))
    assert lake.apply()["silver.orders"].outcome == "published"
    assert lake.apply()["silver.orders"].outcome == "unchanged"
    lake.order(2, "20", "2026-01-03")
    lake.run()
    assert [(row.id, row.note) for row in lake.rows("silver", "orders", "id, note")] == [(1, None), (2, "order 2")]
    fields = {field.name: field for field in lake.spark.table(lake.table("silver", "orders").identifier).schema.fields}
    assert fields["total"].dataType.simpleString() == "decimal(12,2)"
    assert fields["total"].metadata["comment"] == total.description


def test_a_breaking_contract_changes_nothing_and_names_the_way_out(lake: Lake) -> None:
    before = lake.metadata_locations()
    lake.with_tables(ORDERS.model_copy(update={"columns": ORDERS.columns[:3], "partition": ()}))
    outcomes = lake.apply()
    assert "column `updated_at` would be dropped" in (outcomes["silver.orders"].error or "")
    assert "orders_v2" in (outcomes["silver.orders"].error or "")
    assert lake.metadata_locations() == before


def test_an_older_release_writes_null_into_a_column_that_it_does_not_know(lake: Lake) -> None:
    without = (*ORDERS.columns[:2], ORDERS.columns[3])
    lake.with_tables(
        CUSTOMERS.model_copy(update={"columns": CUSTOMERS.columns[:1]}), ORDERS.model_copy(update={"columns": without, "rules": ()})
    )
    assert lake.apply()["silver.orders"].outcome == "unchanged"
    for id in (1, 2):
        lake.order(id, "10", f"2026-01-0{id}")
        lake.ingest()
        assert lake.refine()["silver.orders"].outcome == "published"
    assert [tuple(row) for row in lake.rows("silver", "orders", "id, total")] == [(1, None), (2, None)]
    assert [tuple(row) for row in lake.rows("silver", "customers", "id, name")] == [(1, None)]


def test_two_runs_that_apply_the_same_contracts_at_once_both_come_through(lake: Lake) -> None:
    for layer, name in (("silver", "orders"), ("silver", "customers"), ("gold", "daily")):
        lake.spark.sql(f"DROP TABLE IF EXISTS {lake.table(layer, name).identifier}")
    note = Column(name="note", type="string", expression="concat('order ', id)")
    lake.with_tables(ORDERS.model_copy(update={"columns": (*ORDERS.columns, note)}))
    with ThreadPoolExecutor(2) as runs:
        both = list(runs.map(lambda _: lake.apply(), range(2)))
    assert {outcome.error for outcomes in both for outcome in outcomes.values()} == {None}
    assert {lake.apply()[name].outcome for name in both[0]} == {"unchanged"}
