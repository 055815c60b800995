"""What a run decides about a batch once its rows are counted: how the table is written, what is refused and what is settled."""

from collections.abc import Mapping

import pytest

from medallion.manifest.model import Column, SilverTable
from medallion.publish.state import State
from medallion.quality.check import Check
from medallion.refine.decision.change import Append, Change, Counted, Merge, Merged, TooManyDeleted, Unaccounted, believe, changed
from medallion.refine.decision.plan import Batch, Deletions, Plan

STATE = State(run_id="run", release="r1", contract_version="1.0.0")
ORDERS = SilverTable(
    product="shop",
    name="orders",
    contract="contracts/shop/silver/orders.yaml",
    version="1.0.0",
    columns=(Column(name="id", type="bigint", required=True),),
    input="store__orders",
    key=("id",),
    maximum_deleted_share=0.5,
)


def plan(compared: int | None = 7, deletions: Deletions | None = None, *, refuses: bool = True, retries: bool = False) -> Plan:
    return Plan(STATE, compared, None, deletions, refuses, retries)


def change(
    plan: Plan, dispositions: Mapping[str, int], deleted: int = 0, retried: int = 0, refused_again: int = 0, inserted: int = 0
) -> Change:
    counted = Counted(dispositions, merged=Merged(inserted=inserted), refused_again=refused_again)
    return changed("silver.orders", plan, Batch(sum(dispositions.values()), "now", retried), counted, deleted, {})


def test_rows_of_an_empty_table_are_appended() -> None:
    assert change(plan(compared=None), {"merged": 3}, inserted=3).write == Append(rows=3)


def test_rows_of_a_filled_table_are_merged() -> None:
    assert change(plan(), {"merged": 3, "stale": 1}, inserted=1).write == Merge(inserted=1, updated=2, deleted=0)


def test_a_batch_in_which_nothing_is_newer_writes_no_row() -> None:
    assert change(plan(), {"unchanged": 2, "superseded": 1, "quarantined": 1}).write is None


def test_a_deletion_alone_is_a_merge() -> None:
    made = change(plan(deletions="absent"), {"unchanged": 2}, deleted=1)
    assert (made.write, made.rows["deleted"]) == (Merge(inserted=0, updated=0, deleted=1), 1)


def test_a_row_that_says_that_another_is_gone_is_counted_apart_from_those_that_were_read() -> None:
    counted = Counted({"merged": 1}, deleted=2)
    made = changed("silver.orders", plan(deletions="told"), Batch(3, "now"), counted, 2, {})
    assert (made.rows["read"], made.rows["deleted"]) == (1, 2)


def test_what_is_reported_names_only_what_could_happen() -> None:
    always = {"read", "merged", "superseded", "stale", "unchanged", "quarantined"}
    assert set(change(plan(), {"merged": 1}).rows) == always
    assert set(change(plan(deletions="told"), {"merged": 1}).rows) == always | {"deleted"}
    assert set(change(plan(retries=True), {"merged": 1}).rows) == always | {"retried"}
    warned = changed("silver.orders", plan(), Batch(1, "now"), Counted({"merged": 1}, merged=Merged(warned=1)), 0, {})
    assert set(warned.rows) == always | {"warned"}


def test_a_row_that_is_refused_again_stays_where_it_is_and_is_not_settled() -> None:
    made = change(plan(retries=True), {"merged": 1, "quarantined": 3}, retried=2, refused_again=1)
    assert (made.refused, made.settled, made.rows["quarantined"]) == (2, 1, 3)


def test_quarantine_is_left_alone_where_nothing_is_new() -> None:
    assert change(plan(refuses=False, retries=True), {"quarantined": 1}, retried=1, refused_again=1).refused is None
    assert change(plan(), {"merged": 1}).refused == 0


def test_nothing_is_settled_where_nothing_was_tried_again() -> None:
    assert change(plan(), {"quarantined": 1}).settled is None


def test_every_rule_is_reported_also_one_that_no_row_breaks() -> None:
    counted = Counted({"merged": 1, "quarantined": 1}, failed={"total.type": 1, "total.minimum": 0})
    made = changed("silver.orders", plan(), Batch(2, "now"), counted, 0, {"total.type": "error", "total.minimum": "warning"})
    assert made.checks == (
        Check(rule="total.type", severity="error", checked=2, failed=1),
        Check(rule="total.minimum", severity="warning", checked=2, failed=0),
    )


def test_a_row_that_went_nowhere_stops_the_run() -> None:
    with pytest.raises(Unaccounted):
        changed("silver.orders", plan(), Batch(2, "now"), Counted({"merged": 1}), 0, {})


def test_deletions_are_believed_up_to_the_share_of_the_contract() -> None:
    believe(5, 10, ORDERS, "silver.orders", "bronze.orders")
    with pytest.raises(TooManyDeleted, match=r"would delete 6 of 10 keys, more than 50%.*raise maximumDeletedShare"):
        believe(6, 10, ORDERS, "silver.orders", "bronze.orders")
    with pytest.raises(TooManyDeleted, match="an empty source is never believed"):
        believe(10, 10, ORDERS, "silver.orders", "bronze.orders")
