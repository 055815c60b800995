"""What a run decides about a batch before it makes its rows: what it compares, what is gone, what it remembers."""

import pytest

from medallion.catalog.increment import Increment
from medallion.catalog.snapshot import Snapshot
from medallion.manifest.model import Mode
from medallion.publish.state import State
from medallion.refine.decision.plan import Batch, Deletions, Plan, Start, is_due, planned
from medallion.refine.decision.reading import READINGS

BRONZE = "bronze.orders"
FILLED = Snapshot(id=7, operation="append", added=5, records=5, committed_millis=0)
EMPTY = Snapshot(id=7, operation="delete", added=0, records=0, committed_millis=0)
BEFORE = State(run_id="before", release="r1", contract_version="1.0.0", inputs={BRONZE: 3}, watermark="2026-01-01 00:00:00")
NEW = Increment(after=3, until=4)
BATCH = Batch(read=2, newest="2026-01-02 00:00:00")


def start(
    mode: Mode = "incremental",
    before: State | None = BEFORE,
    head: Snapshot | None = FILLED,
    new: Increment | None = NEW,
    retries: bool = False,
) -> Start:
    return Start(READINGS[mode], before, head, new, retries)


def plan(start: Start, batch: Batch = BATCH) -> Plan:
    made = planned(start, batch, input=BRONZE, run_id="run", release="r2", contract_version="1.1.0")
    assert made is not None
    return made


def test_a_batch_without_rows_changes_nothing() -> None:
    assert planned(start(), Batch(0, None), input=BRONZE, run_id="run", release="r2", contract_version="1.1.0") is None


def test_what_is_remembered_is_the_newest_snapshot_and_the_newest_row_of_the_input() -> None:
    assert plan(start()).state == State(
        run_id="run", release="r2", contract_version="1.1.0", inputs={BRONZE: 4}, watermark="2026-01-02 00:00:00"
    )


def test_rows_out_of_quarantine_alone_leave_what_is_known_of_the_input_and_refuse_no_new_row() -> None:
    made = plan(start(new=None, retries=True), Batch(read=1, newest=None, retried=1))
    assert (made.state.inputs, made.state.watermark) == (BEFORE.inputs, BEFORE.watermark)
    assert (made.retries, made.refuses) == (True, False)


@pytest.mark.parametrize("head", [None, EMPTY], ids=["never written", "emptied"])
def test_an_empty_table_is_not_compared_with(head: Snapshot | None) -> None:
    assert plan(start(head=head)).compared is None
    assert plan(start(head=FILLED)).compared == FILLED.id


@pytest.mark.parametrize(
    ("mode", "filled", "empty"),
    [("snapshot", "absent", None), ("incremental", None, None), ("export", "told", "told"), ("documents", None, None)],
)
def test_what_says_that_a_row_is_gone_depends_on_how_its_source_is_read(
    mode: Mode, filled: Deletions | None, empty: Deletions | None
) -> None:
    assert plan(start(mode)).deletions == filled
    assert plan(start(mode, head=None)).deletions == empty


def test_rows_out_of_quarantine_say_nothing_of_those_that_a_snapshot_lacks() -> None:
    assert plan(start("snapshot", new=None, retries=True), Batch(read=1, newest=None, retried=1)).deletions is None


@pytest.mark.parametrize("mode", READINGS)
def test_only_a_complete_read_is_the_truth_as_of_a_moment(mode: Mode) -> None:
    assert plan(start(mode)).complete_at == (BATCH.newest if mode == "snapshot" else None)


@pytest.mark.parametrize("mode", READINGS)
def test_only_a_complete_read_can_be_empty_where_the_table_is_not(mode: Mode) -> None:
    empty = Increment(after=3, until=4, ends_empty=True)
    assert start(mode, new=empty).emptied == (mode == "snapshot")
    assert not start(mode, new=empty, head=EMPTY).emptied
    assert not start(mode, new=NEW).emptied
    assert not start(mode, new=None, retries=True).emptied


@pytest.mark.parametrize(
    ("of", "repeated", "kept"),
    [
        pytest.param(start(head=None), False, False, id="a first batch of keys of which each is there once"),
        pytest.param(start(head=None), True, True, id="a key in several rows"),
        pytest.param(start(head=FILLED), False, True, id="a table to compare with"),
        pytest.param(start(head=None, retries=True), False, True, id="rows that were refused before"),
    ],
)
def test_rows_are_kept_where_making_them_twice_would_cost_more(of: Start, repeated: bool, kept: bool) -> None:
    assert plan(of).keeps(repeated=repeated) is kept


def test_references_are_looked_up_again_once_a_table_that_is_referred_to_has_changed() -> None:
    assert not is_due({"silver.customers": 1}, {"silver.customers": 1, BRONZE: 4})
    assert is_due({"silver.customers": 2}, {"silver.customers": 1})
    assert is_due({"silver.customers": 1}, {})
    assert not is_due({}, {"silver.customers": 1})
