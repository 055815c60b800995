"""Which version of a row wins, and what becomes of the others."""

from decimal import Decimal

import pytest

from medallion.manifest.model import Reference
from tests.spark.lake import CUSTOMERS, CUSTOMERS_AT_SOURCE, ORDERS, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")


def test_the_whole_way_from_the_source_to_gold(lake: Lake) -> None:
    lake.order(1, "10.00", "2026-01-02")
    lake.order(2, "2.50", "2026-02-02")
    outcomes = lake.run()
    assert [tuple(row) for row in lake.rows("gold", "revenue")] == [("Ada", Decimal("12.50"))]
    assert outcomes["silver.orders"].rows == {"read": 2, "merged": 2, "superseded": 0, "stale": 0, "unchanged": 0, "quarantined": 0}


def test_a_changed_row_replaces_the_one_before_even_in_another_partition(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run_to_silver()
    lake.order(1, "11", "2026-06-02")
    lake.run_to_silver()
    assert [row.total for row in lake.rows("silver", "orders", "id, total")] == [Decimal(11)]


def test_a_late_row_never_overwrites_a_newer_one(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.run_to_silver()
    lake.order(1, "7", "2026-01-01")
    outcomes = lake.run_to_silver()
    assert outcomes["silver.orders"].rows["stale"] == 1
    assert [row.total for row in lake.rows("silver", "orders", "id, total")] == [Decimal(10)]


def test_versions_of_one_batch_leave_the_newest(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.ingest()
    lake.order(1, "20", "2026-01-03")
    lake.ingest()
    assert lake.refine()["silver.orders"].rows == {"read": 2, "merged": 1, "superseded": 1, "stale": 0, "unchanged": 0, "quarantined": 0}
    assert [row.total for row in lake.rows("silver", "orders", "id, total")] == [Decimal(20)]


def test_a_bad_value_is_quarantined_with_its_rule_and_hides_no_good_version(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-02")
    lake.order(2, "-1", "2026-01-02")
    lake.order(3, "5", "2026-01-02", customer_id=99)
    lake.ingest()
    lake.order(1, "ten", "2026-01-03")
    lake.run_to_silver()
    refused = lake.rows(
        "silver", "orders__quarantine", "get_json_object(_row, '$.id') AS id, _rules, get_json_object(_row, '$.total') AS total"
    )
    assert [tuple(row) for row in refused] == [
        ("1", ["total.type"], "ten"),
        ("2", ["total.minimum"], "-1"),
        ("3", ["customer_id.reference"], "5"),
    ]
    assert [(row.id, row.total) for row in lake.rows("silver", "orders", "id, total")] == [(1, Decimal(10))]


def test_a_snapshot_changes_only_what_changed_and_deletes_what_is_gone(lake: Lake) -> None:
    lake.customer(2, "Grace")
    lake.customer(3, "Edsger")
    lake.run_to_silver()
    lake.customer(2, "Grace Hopper")
    lake.postgres.execute("DELETE FROM customers WHERE id = 3")
    outcomes = lake.run_to_silver()
    assert [tuple(row) for row in lake.rows("silver", "customers", "id, name")] == [(1, "Ada"), (2, "Grace Hopper")]
    assert outcomes["silver.customers"].rows == {
        "read": 2, "merged": 1, "superseded": 0, "stale": 0, "unchanged": 1, "quarantined": 0, "deleted": 1,
    }  # fmt: skip


def test_a_snapshot_that_lacks_most_keys_stops_its_table(lake: Lake) -> None:
    lake.customer(2, "Grace")
    lake.customer(3, "Edsger")
    lake.run_to_silver()
    before = lake.metadata_locations()[f"{lake.names.prefix}_silver.customers"]
    lake.postgres.execute("DELETE FROM customers WHERE id > 1")
    lake.ingest()
    outcomes = lake.refine()
    assert "would delete 2 of 3 keys" in (outcomes["silver.customers"].error or "")
    assert outcomes["silver.orders"].outcome == "skipped"
    assert lake.metadata_locations()[f"{lake.names.prefix}_silver.customers"] == before


def test_an_expression_that_fails_in_one_row_refuses_that_row_only(lake: Lake) -> None:
    broken = CUSTOMERS.columns[1].model_copy(update={"expression": "concat(name, cast(100 / (id - 2) as string))"})
    lake.with_tables(CUSTOMERS.model_copy(update={"columns": (CUSTOMERS.columns[0], broken)}))
    lake.customer(2, "Grace")
    lake.run_to_silver()
    assert [row.id for row in lake.rows("silver", "customers", "id")] == [1]
    assert [row["_rules"] for row in lake.rows("silver", "customers__quarantine", "_rules")] == [["name.type"]]


def test_the_newest_complete_snapshot_is_the_truth_even_where_it_sets_a_row_back(lake: Lake) -> None:
    lake.with_tables(CUSTOMERS.model_copy(update={"sequence": ("name",)}))
    lake.customer(1, "Zoe")
    lake.ingest(), lake.refine()
    lake.customer(1, "Bea")
    lake.ingest(), lake.refine()
    assert [row.name for row in lake.rows("silver", "customers", "id, name")] == ["Bea"]
    lake.customer(1, "Zoe")
    lake.ingest()
    lake.customer(1, "Ada")
    lake.ingest(), lake.refine()
    assert [row.name for row in lake.rows("silver", "customers", "id, name")] == ["Ada"]


def test_a_partition_of_any_text_is_merged(lake: Lake) -> None:
    total = ORDERS.columns[2].model_copy(update={"type": "string", "required": True})
    orders = ORDERS.model_copy(
        update={"name": "labels", "columns": (*ORDERS.columns[:2], total, ORDERS.columns[3]), "partition": ("total",), "rules": ()}
    )
    lake.tables = (*lake.tables, orders)
    lake.apply()
    texts = ("Lowe's", "a\\b", "${spark.app.name}")
    for id, label in enumerate(texts):
        lake.order(id, label, "2026-01-02")
    lake.run_to_silver()
    for id, label in enumerate(texts):
        lake.order(id, label, "2026-01-03")
        lake.ingest()
        assert lake.refine()["silver.labels"].rows["merged"] == 1
    assert tuple(row.total for row in lake.rows("silver", "labels", "id, total")) == texts


def test_a_row_whose_parent_is_refused_is_refused_as_well(lake: Lake) -> None:
    """Customer 2 has no parent, so 3 has none either, nor 4; 5 and its parent stand."""
    parent = CUSTOMERS_AT_SOURCE.columns[0].model_copy(update={"name": "parent", "expression": "cast(nullif(trim(name), '') as bigint)"})
    reference = Reference(columns=("parent",), table="customers", to=("id",))
    lake.with_tables(CUSTOMERS.model_copy(update={"columns": (CUSTOMERS.columns[0], parent), "references": (reference,)}))
    lake.spark.sql(f"DROP TABLE {lake.table('silver', 'customers').identifier}")
    lake.apply()
    for id, name in ((1, ""), (2, "99"), (3, "2"), (4, "3"), (5, "1")):
        lake.customer(id, name)
    lake.ingest(), lake.refine()
    assert [row.id for row in lake.rows("silver", "customers", "id")] == [1, 5]
    assert len(lake.rows("silver", "customers__quarantine")) == 3


def test_rows_without_a_key_are_refused_and_a_repeated_unique_value_stops_the_table(lake: Lake) -> None:
    name = CUSTOMERS.columns[1].model_copy(update={"unique": True})
    identity = CUSTOMERS.columns[0].model_copy(update={"expression": "nullif(id, 0)"})
    lake.with_tables(CUSTOMERS.model_copy(update={"columns": (identity, name)}))
    lake.customer(0, "Nobody")
    lake.customer(2, "Grace")
    lake.ingest()
    assert lake.refine()["silver.customers"].rows == {
        "read": 3, "merged": 2, "superseded": 0, "stale": 0, "unchanged": 0, "quarantined": 1,
    }  # fmt: skip
    lake.customer(3, "Ada")
    lake.ingest()
    assert "1 values of (name) are in more than one row" in (lake.refine()["silver.customers"].error or "")
    assert [tuple(row) for row in lake.rows("silver", "customers", "id, name")] == [(1, "Ada"), (2, "Grace")]
