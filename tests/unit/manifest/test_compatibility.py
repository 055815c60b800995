"""What a change of contracts means for tables and readers."""

from typing import Any

import pytest

from medallion.manifest.compatibility import Comparison, compare
from medallion.manifest.compiler import compile_lake
from medallion.manifest.model import Manifest
from medallion.manifest.widening import becomes
from tests.unit.manifest.contracts_on_disk import Lake, column, custom


def compared(lake: Lake, before: Manifest) -> Comparison:
    return compare(before, lake.compile())


def told(comparison: Comparison) -> list[tuple[str, str | None, str, bool]]:
    return [(change.table, change.column, change.kind, change.breaking) for change in comparison.changes]


def test_the_same_contracts_are_the_same(lake: Lake) -> None:
    assert compared(lake, lake.compile()) == Comparison(changes=(), access=())


def test_a_new_column_is_compatible_and_opened_only_if_it_says_so(lake: Lake) -> None:
    before = lake.compile()
    lake.table("bronze/orders")["properties"].append(column("note", physicalType="text"))
    lake.table("silver/orders")["properties"].append(column("note", logicalType="string"))
    lake.table("silver/orders")["properties"].append(column("open", logicalType="string", transformLogic="'x'", classification="public"))
    comparison = compared(lake, before)
    assert told(comparison) == [
        ("bronze.shop__orders", "note", "added", False),
        ("silver.orders", "note", "added", False),
        ("silver.orders", "open", "added", False),
    ]
    assert [(change.column, change.before, change.after, change.opened) for change in comparison.access] == [("open", None, "public", True)]


def test_a_new_required_column_breaks_silver_but_not_bronze(lake: Lake) -> None:
    before = lake.compile()
    lake.table("bronze/orders")["properties"].append(column("note", physicalType="text", required=True))
    lake.table("silver/orders")["properties"].append(column("note", logicalType="string", required=True))
    assert told(compared(lake, before)) == [("bronze.shop__orders", "note", "added", False), ("silver.orders", "note", "added", True)]


@pytest.mark.parametrize(
    ("path", "name", "change", "expected"),
    [
        ("silver/orders", "total", {"physicalType": "decimal(14,2)"}, ("type", False)),
        ("silver/orders", "total", {"physicalType": "decimal(10,2)"}, ("type", True)),
        ("silver/orders", "total", {"physicalType": "double"}, ("type", True)),
        ("silver/orders", "customer", {"required": True}, ("required", True)),
        ("bronze/orders", "customer", {"required": True}, ("required", False)),
        ("silver/orders", "customer", {"unique": True}, ("unique", False)),
        ("silver/orders", "customer", {"transformLogic": "lower(customer)"}, ("values", False)),
    ],
    ids=["wider", "narrower", "another", "required", "never null at the source", "unique", "made otherwise"],
)
def test_a_changed_column(lake: Lake, path: str, name: str, change: dict[str, Any], expected: tuple[str, bool]) -> None:
    before = lake.compile()
    lake.column(path, name).update(change)
    assert [(kind, breaking) for _, _, kind, breaking in told(compared(lake, before))] == [expected]


def test_a_column_that_may_be_null_again_is_compatible(lake: Lake) -> None:
    lake.column("silver/orders", "total")["required"] = True
    before = lake.compile()
    lake.column("silver/orders", "total")["required"] = False
    assert told(compared(lake, before)) == [("silver.orders", "total", "required", False)]


def test_a_dropped_column_and_a_dropped_table_break(lake: Lake) -> None:
    before = lake.compile()
    del lake.documents["gold/turnover"], lake.files["shop/gold/turnover.sql"]
    for file in (lake.root / "contracts/shop/gold").iterdir():
        file.unlink()
    lake.table("silver/orders")["properties"] = [item for item in lake.table("silver/orders")["properties"] if item["name"] != "customer"]
    assert told(compared(lake, before)) == [("silver.orders", "customer", "dropped", True), ("gold.turnover", None, "dropped", True)]


def test_another_key_partition_or_origin_breaks(lake: Lake) -> None:
    before = lake.compile()
    lake.column("silver/orders", "customer")["primaryKey"] = True
    lake.column("silver/orders", "changed_at")["partitioned"] = True
    lake.table("bronze/orders")["physicalName"] = "all_orders"
    assert told(compared(lake, before)) == [
        ("bronze.shop__orders", None, "origin", True),
        ("silver.orders", None, "key", True),
        ("silver.orders", None, "partition", True),
        ("silver.orders", "customer", "required", True),
    ]


def test_another_watermark_breaks_and_another_way_of_reading_does_not(lake: Lake) -> None:
    before = lake.compile()
    lake.table("bronze/orders")["customProperties"] = custom(ingestion="incremental", watermark="id")
    assert told(compared(lake, before)) == [("bronze.shop__orders", None, "ingestion", True)]
    lake.table("bronze/orders")["customProperties"] = custom(ingestion="snapshot")
    assert told(compared(lake, before)) == [("bronze.shop__orders", None, "ingestion", False)]


def test_rules_and_references_are_told(lake: Lake) -> None:
    before = lake.compile()
    lake.column("silver/orders", "total")["logicalTypeOptions"] = {"minimum": 0}
    after = lake.compile()
    assert [change.detail for change in compare(before, after).changes] == ["total.minimum is new (error): `total` >= 0"]
    assert [change.detail for change in compare(after, before).changes] == ["total.minimum is gone: `total` >= 0"]


def test_a_closed_column_is_told_apart_from_an_opened_one(lake: Lake) -> None:
    lake.column("silver/orders", "customer")["classification"] = "confidential"
    lake.column("silver/orders", "total")["classification"] = "internal"
    before = lake.compile()
    lake.column("silver/orders", "customer")["classification"] = "internal"
    lake.column("silver/orders", "total")["classification"] = "restricted"
    comparison = compared(lake, before)
    assert comparison.changes == ()
    assert [(change.column, change.opened) for change in comparison.access] == [("customer", True), ("total", False)]


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("int", "bigint", True),
        ("smallint", "int", True),
        ("smallint", "bigint", True),
        ("int", "smallint", False),
        ("bigint", "int", False),
        ("float", "double", True),
        ("decimal(10,2)", "decimal(12, 2)", True),
        ("decimal(10,2)", "decimal(12,3)", False),
        ("date", "timestamp", False),
    ],
)
def test_a_type_becomes_only_one_that_holds_all_its_values(old: str, new: str, may: bool) -> None:
    assert becomes(old, new) is may


def test_a_compiled_lake_is_compared_with_none(lake: Lake) -> None:
    lake.write()
    comparison = compare(Manifest(lake="acme", products=()), compile_lake(lake.root))
    assert [(change.kind, change.breaking) for change in comparison.changes] == [("added", False)] * 3
