"""What is decided before Spark or AWS is asked: branches, windows, increments, evolution, the order of tables. All pure."""

import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.catalog.definition import ColumnDefinition, TableDefinition, definitions
from medallion.catalog.evolution import BreakingChange, Existing, evolution, partition_pair
from medallion.catalog.increment import Increment, increment
from medallion.catalog.snapshot import Snapshot
from medallion.ingest.jdbc.dialect import UnsupportedEngine, dialect_of
from medallion.ingest.jdbc.postgres import WATERMARK_TYPES, Postgres
from medallion.ingest.jdbc.window import Window
from medallion.job import JsonLines
from medallion.manifest.credentials import Credentials
from medallion.manifest.model import Manifest, Product
from medallion.manifest.names import Names
from medallion.manifest.widening import fits, widens
from medallion.outcomes import Outcome, TableWork, blocked, failure, ready
from medallion.publish.branch import abandoned, attempt_branch, refused_branch
from medallion.publish.state import State, UnreadableState, parse_state, previous_of
from medallion.refine.decision.change import Unaccounted, accounted
from medallion.refine.decision.plan import is_due
from medallion.refine.merge import merge_statement, ranged_columns, spanned
from tests.spark.lake import ORDERS, SHOP

NAMES = Names(prefix="local", account="111111111111", region="eu-west-1")
OPERATIONS = st.sampled_from(["append", "replace", "overwrite", "delete"])


@given(st.text(min_size=1))
def test_a_branch_is_an_identifier_and_the_same_for_every_attempt(run_id: str) -> None:
    branch = attempt_branch(run_id)
    assert re.fullmatch(r"run_[a-z0-9_]+", branch)
    assert len(branch) < 64
    assert branch == attempt_branch(run_id)
    assert abandoned(["main", branch, refused_branch(branch)]) == (branch,)


@given(st.text(), st.text())
def test_two_runs_never_share_a_branch(one: str, other: str) -> None:
    assert (attempt_branch(one) == attempt_branch(other)) == (one == other)


@given(st.builds(State, run_id=st.text(), release=st.text(), contract_version=st.text(), inputs=st.dictionaries(st.text(), st.integers())))
def test_a_state_survives_its_property(state: State) -> None:
    assert parse_state("t", state.property_value()) == state


@pytest.mark.parametrize(
    ("value", "told"),
    [("nonsense", "the whole"), ('{"version": 2, "run_id": "r", "release": "r", "contract_version": "1"}', "version"), ("{}", "run_id")],
)
def test_a_state_of_another_release_is_refused_with_the_field(value: str, told: str) -> None:
    with pytest.raises(UnreadableState, match=rf"local_silver.t: .*{told}"):
        parse_state("local_silver.t", value)


def snapshots(operations: list[str]) -> list[Snapshot]:
    """A history, newest first, whose ids are 1 for the oldest and so on."""
    return [Snapshot(id, operation, added=1, records=id, committed_millis=id) for id, operation in enumerate(operations, 1)][::-1]


@given(st.lists(OPERATIONS, min_size=1), st.data())
def test_an_increment_holds_every_append_since_and_nothing_else_makes_one(operations: list[str], data: st.DataObject) -> None:
    history = snapshots(operations)
    used = data.draw(st.integers(1, len(operations)))
    new = increment(history, used)
    assert (new is None) == ("append" not in operations[used:])
    assert new is None or (new.after, new.until) == (used, len(operations))


def test_an_expired_beginning_is_lost_and_no_beginning_is_not() -> None:
    history = snapshots(["append", "append"])
    assert increment(history, 99) == Increment(None, 2, lost=True)
    assert increment(history, None) == Increment(None, 2)
    assert increment([], None) is None


@given(st.lists(st.integers(0, 3), min_size=1))
def test_what_a_run_can_be_taken_back_to_is_what_was_there_before_it_whatever_it_published(run_ids: list[int]) -> None:
    """Each number is a publication by the run of that number, and the snapshot that it makes is its position."""
    state, kept, head = None, None, None
    for position, number in enumerate(run_ids):
        kept = previous_of(state, kept, head, str(number))
        state, head = State(run_id=str(number), release="r", contract_version="1"), position
    first = len(run_ids)
    while first and run_ids[first - 1] == run_ids[-1]:
        first -= 1
    assert kept is not None
    assert kept.snapshot == (first - 1 if first else None)
    assert kept.state is None if first == 0 else kept.state is not None and kept.state.run_id == str(run_ids[first - 1])


TABLES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3))


@given(TABLES, TABLES)
def test_refused_rows_are_due_until_every_table_was_looked_up_as_it_is(targets: dict[str, int], tried: dict[str, int]) -> None:
    assert is_due(targets, tried) == bool(targets.items() - tried.items())
    assert not is_due(targets, {**tried, **targets})


@given(
    st.dictionaries(st.sampled_from(["merged", "superseded", "stale", "unchanged", "quarantined"]), st.integers(0, 1000)),
    st.integers(-1, 1),
)
def test_every_row_has_one_disposition_or_nothing_is_published(counts: dict[str, int], wrong: int) -> None:
    read = sum(counts.values()) + wrong
    if wrong:
        with pytest.raises(Unaccounted, match="accounted for"):
            accounted("t", read, counts)
    else:
        assert sum(value for name, value in accounted("t", read, counts).items() if name != "read") == read


@given(st.integers(0, 10**7), st.integers(1, 16), st.integers(0, 2 * 10**7))
def test_slices_hold_each_block_once(blocks: int, count: int, block: int) -> None:
    slices = Postgres().slices(blocks, count)
    bounds = [[int(number) for number in re.findall(r"\((\d+),0\)", one)] for one in slices]
    holding = [one for one in bounds if not one or (one[0] <= block and (len(one) == 1 or block < one[1]))]
    assert len(holding) == 1
    assert 1 <= len(slices) <= count


def test_a_window_looks_below_the_last_watermark_and_names_its_input() -> None:
    window = Window(low="2026-01-01T00:00:00Z", last="2026-01-02T00:00:00Z", high="2026-01-03T00:00:00Z", base=7)
    assert window.run_id == "2026-01-02T00:00:00Z..2026-01-03T00:00:00Z@7"
    assert window.condition(Postgres(), 'up"dated', "timestamp") == '"up""dated" > \'2026-01-01T00:00:00Z\'::timestamptz'


@pytest.mark.parametrize("type", sorted(WATERMARK_TYPES))
def test_every_type_of_a_watermark_has_an_overlap(type: str) -> None:
    assert Postgres().earlier("x", type, 60) != "x"


def test_another_engine_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedEngine, match="'mysql' is not one of postgres"):
        dialect_of("mysql")


def test_credentials_never_show_their_password() -> None:
    credentials = Credentials.model_validate({"host": "h", "dbname": "d", "username": "u", "password": "hidden"})
    assert "hidden" not in repr(credentials) + str(credentials) + Postgres().url(credentials, tls=True)
    assert "sslmode=require" in Postgres().url(credentials, tls=True)


@pytest.mark.parametrize(
    ("source", "contract", "well"),
    [
        ("smallint", "int", True),
        ("bigint", "int", False),
        ("decimal(10,2)", "decimal(12,2)", True),
        ("decimal(10,2)", "decimal(10,4)", False),
        ("decimal(10,2)", "decimal(12, 4)", True),
        ("string", "bigint", False),
        ("timestamp_ntz", "timestamp", False),
    ],
)
def test_a_source_may_be_narrower_than_its_contract_and_nothing_else(source: str, contract: str, well: bool) -> None:
    assert fits(source, contract) is well


def wanted(*columns: ColumnDefinition, partition: tuple[str, ...] = (), key: str = "id") -> TableDefinition:
    return TableDefinition("local_silver", "orders", "s3://b/tables/orders", columns, partition, (("medallion.key", key),), "", "c.yaml")


ID = ColumnDefinition("id", "int", required=True)
THERE = Existing((ID, ColumnDefinition("total", "decimal(10,2)")), (("month", "sold_at"),), {"medallion.key": "id"})


def test_compatible_changes_become_statements() -> None:
    definition = wanted(
        ColumnDefinition("id", "bigint"),
        ColumnDefinition("total", "decimal(12,2)", comment="it's money"),
        ColumnDefinition("shop", "string"),
        partition=("months(sold_at)",),
    )
    table = "ALTER TABLE glue_catalog.`local_silver`.`orders`"
    assert evolution(THERE, definition) == (
        f"{table} ADD COLUMNS (`shop` string)",
        f"{table} ALTER COLUMN `id` TYPE bigint",
        f"{table} ALTER COLUMN `id` DROP NOT NULL",
        f"{table} ALTER COLUMN `total` TYPE decimal(12,2)",
        f"{table} ALTER COLUMN `total` COMMENT 'it\\'s money'",
    )


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (wanted(THERE.columns[1], partition=("months(sold_at)",)), "`id` would be dropped"),
        (wanted(ID, ColumnDefinition("total", "string"), partition=("months(sold_at)",)), "is decimal(10,2) and would become string"),
        (wanted(ID, ColumnDefinition("total", "decimal(8,2)"), partition=("months(sold_at)",)), "would become decimal(8,2)"),
        (wanted(ID, ColumnDefinition("total", "decimal(10,2)", required=True), partition=("months(sold_at)",)), "would be required"),
        (wanted(*THERE.columns, ColumnDefinition("new", "int", required=True), partition=("months(sold_at)",)), "`new` would be required"),
        (wanted(*THERE.columns, partition=("days(sold_at)",)), "is month(sold_at) and would become day(sold_at)"),
        (wanted(*THERE.columns, partition=("months(sold_at)",), key="id,total"), "the key is (id) and would become (id,total)"),
    ],
    ids=["dropped", "retyped", "narrowed", "required", "new required", "partition", "key"],
)
def test_breaking_changes_are_refused_with_the_way_out(definition: TableDefinition, told: str) -> None:
    with pytest.raises(BreakingChange, match=r"local_silver\.orders .*orders_v2") as refused:
        evolution(THERE, definition)
    assert told in str(refused.value)


def test_a_column_that_an_older_release_does_not_know_is_left_as_it_is() -> None:
    assert evolution(THERE, wanted(ID, partition=("months(sold_at)",))) == ()


@given(st.integers(1, 38), st.integers(1, 38))
def test_only_a_greater_precision_widens_a_decimal(one: int, other: int) -> None:
    assert widens(f"decimal({one},0)", f"decimal({other},0)") == (other >= one)


@pytest.mark.parametrize(
    ("transform", "pair"),
    [
        ("months(a)", ("month", "a")),
        ("bucket(16, a)", ("bucket[16]", "a")),
        ("bucket(a, 16)", ("bucket[16]", "a")),
        ("`a`", ("identity", "a")),
    ],
)
def test_a_partition_reads_as_iceberg_names_it(transform: str, pair: tuple[str, str]) -> None:
    assert partition_pair(transform) == pair


def test_every_table_is_of_version_two_and_silver_has_a_quarantine() -> None:
    made = definitions(Manifest(lake="l", products=(Product(name="shop", tables=SHOP),)), NAMES)
    assert {dict(table.properties)["format-version"] for table in made} == {"2"}
    assert "local_silver.orders__quarantine" in {f"{table.database}.{table.name}" for table in made}
    assert {column.name for table in made if table.database == "local_bronze" for column in table.columns if column.required} == set()


def test_a_merge_is_bounded_by_what_its_rows_were_and_are() -> None:
    statement = merge_statement(ORDERS, "t.branch_x", "v", {"updated_at": ("DATE'2026-01-01'", "DATE'2026-02-01'")})
    assert "ON t.`id` = s.`id` AND t.`updated_at` BETWEEN DATE'2026-01-01' AND DATE'2026-02-01' WHEN" in statement


def test_a_partition_that_may_be_null_does_not_bound_a_merge() -> None:
    nullable = ORDERS.model_copy(update={"columns": tuple(column.model_copy(update={"required": False}) for column in ORDERS.columns)})
    assert ranged_columns(ORDERS, [("month", "updated_at")]) == ("updated_at", "id")
    assert ranged_columns(nullable, [("month", "updated_at")]) == ("id",)
    assert ranged_columns(ORDERS, [("bucket[4]", "updated_at")]) == ("id",)


def test_a_range_holds_what_is_merged_and_what_is_deleted() -> None:
    assert spanned(ORDERS, [{"id": ("1", "5")}, {}]) == {"id": ("CAST('1' AS bigint)", "CAST('5' AS bigint)")}
    assert spanned(ORDERS, [{"id": ("1", "5")}, {"id": ("3", "9")}]) == {
        "id": ("least(CAST('1' AS bigint), CAST('3' AS bigint))", "greatest(CAST('5' AS bigint), CAST('9' AS bigint))")
    }
    assert spanned(ORDERS, [{}]) == {}


def nothing() -> None:
    raise AssertionError("not run here")


def test_what_needs_a_failed_table_is_blocked_and_the_last_line_names_the_cause() -> None:
    first, second, third = (TableWork(name, nothing, needs=needs) for name, needs in (("a", ()), ("b", ("a",)), ("c", ())))  # type: ignore[arg-type]
    assert ready([first, second, third], ["a", "b", "c"]) == (first, third)
    outcomes = {
        "a": Outcome(step="refine", table="a", outcome="failed", error="why"),
        "c": Outcome(step="refine", table="c", outcome="published"),
    }
    assert blocked(second, outcomes) == ("a",)
    assert (
        failure([*outcomes.values(), Outcome(step="refine", table="b", outcome="skipped")])
        == "refine: 1 of 3 tables failed, 1 skipped: a: why"
    )
    assert failure([outcomes["c"]]) is None


def test_a_log_line_is_json_whatever_it_says() -> None:
    record = logging.LogRecord("name", logging.WARNING, "path", 1, '%s said "no"\n', ("it",), (ValueError, ValueError("why"), None))
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line) == {"event": "log", "level": "WARNING", "message": 'it said "no"\n', "trace": "ValueError: why"}
