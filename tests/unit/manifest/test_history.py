"""What a contract may say of a history, and what follows from it."""

from typing import Any

import pytest

from medallion.catalog.definition import definitions
from medallion.manifest.compatibility import compare
from medallion.manifest.compiler.lineage import lineage
from medallion.manifest.lineage import Place
from medallion.manifest.names import Names
from medallion.manifest.schedule import made_from, needed_for
from tests.unit.manifest.contracts_on_disk import Lake, column, custom

NAMES = Names(prefix="local", account="111111111111", region="eu-west-1")


@pytest.fixture
def kept(lake: Lake) -> Lake:
    """The lake, with a history of its silver table."""
    lake.column("silver/orders", "changed_at")["required"] = True
    lake.table("silver/orders")["customProperties"] = custom(sequence=["changed_at"], history=True)
    return lake


def test_a_history_stands_beside_its_table_with_the_same_columns(kept: Lake) -> None:
    tables = {table.name: table for table in definitions(kept.compile(), NAMES) if table.database == "local_silver"}
    plain, history = tables["orders"], tables["orders__history"]
    assert [(one.name, one.type, one.required) for one in history.columns if one.name in {other.name for other in plain.columns}] == [
        (one.name, one.type, one.required) for one in plain.columns
    ]
    assert [one.name for one in history.columns[-5:]] == ["valid_from", "valid_to", "is_current", "_run_id", "_ingested_at"]
    assert dict(history.properties)["medallion.key"] == "id,valid_from"


def test_gold_reads_a_history_by_its_name_and_depends_on_its_table(kept: Lake) -> None:
    kept.files["shop/gold/turnover.sql"] = (
        "SELECT h.customer, sum(h.total) AS total FROM orders__history h WHERE h.is_current AND h.valid_from < h.changed_at GROUP BY h.customer"
    )
    manifest = kept.compile()
    (gold,) = manifest.product("shop").gold
    assert gold.inputs == ("orders__history",)
    assert made_from(gold, manifest, NAMES) == {"local_silver.orders"}
    assert needed_for(manifest.product("shop"), ["turnover"]) == ("shop__orders", "orders", "turnover")
    assert Place("gold.turnover", "total") in lineage(manifest).made_from(Place("bronze.shop__orders", "total"))


def test_gold_can_not_read_a_history_that_is_not_kept(lake: Lake) -> None:
    lake.files["shop/gold/turnover.sql"] = "SELECT customer, total FROM orders__history"
    assert any("there is no table 'orders__history'" in problem for problem in lake.problems())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"history": "yes"}, "customProperties[1].value: 'yes' is not true or false"),
        (
            {"history": True, "sequence": ["total"]},
            "total is decimal(12,2); a history holds from when to when, so its sequence begins with a",
        ),
        ({"history": True}, "changed_at may be null, and such a version would have no place in the history; say required: true"),
    ],
    ids=["no boolean", "a sequence without time", "a sequence that may be null"],
)
def test_what_a_history_can_not_be_is_refused(lake: Lake, change: dict[str, Any], problem: str) -> None:
    lake.table("silver/orders")["customProperties"] = custom(**{"sequence": ["changed_at"], **change})
    (found,) = lake.problems()
    assert problem in found


def test_the_names_of_validity_are_taken(kept: Lake) -> None:
    kept.table("silver/orders")["properties"].append(column("valid_to", logicalType="date", transformLogic="current_date()"))
    (found,) = kept.problems()
    assert "properties[4].name: 'valid_to' is a column of orders__history, as are valid_from, valid_to, is_current" in found


def test_turning_a_history_on_is_compatible_and_off_is_not(kept: Lake) -> None:
    after = kept.compile()
    kept.table("silver/orders")["customProperties"] = custom(sequence=["changed_at"])
    before = kept.compile()
    assert [(change.kind, change.breaking) for change in compare(before, after).changes] == [("history", False)]
    assert [(change.kind, change.breaking) for change in compare(after, before).changes] == [("history", True)]
