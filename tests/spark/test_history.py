"""Every version of a row: from when to when it held, whatever order it came in, whatever died on the way."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest
from pyspark.sql import SparkSession

from medallion.correction import correct
from medallion.publish.table import Metadata
from medallion.refine.history import History
from medallion.refine.timeline import changed_versions, contradictions
from tests.spark.lake import CUSTOMERS, ORDERS, ORDERS_AT_SOURCE, Lake
from tests.spark.test_corrections import run

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
BEGINNING = datetime(2026, 1, 1)  # noqa: DTZ001 - as Spark gives them back
KEPT_ORDERS = ORDERS.model_copy(update={"history": True})
KEPT_CUSTOMERS = CUSTOMERS.model_copy(update={"history": True})


class Killed(BaseException):
    """The process ends here; nothing may be done about it."""


@pytest.fixture
def kept(lake: Lake) -> Lake:
    """The lake with a history of both tables."""
    lake.with_tables(KEPT_ORDERS, KEPT_CUSTOMERS)
    lake.apply()
    return lake


def orders(lake: Lake) -> list[tuple[int, int, str, str | None, bool]]:
    columns = "id, cast(total as int), date_format(valid_from, 'MM-dd') AS begins, date_format(valid_to, 'MM-dd') AS ends, is_current"
    table = lake.table("silver", "orders__history").identifier
    return [tuple(row) for row in lake.spark.sql(f"SELECT {columns} FROM {table} ORDER BY id, valid_from").collect()]


def customers(lake: Lake) -> list[tuple[int, str, int, int | None]]:
    """Key, name, and the numbers of the snapshots from and until which it held."""
    times = [row[0] for row in lake.rows("bronze", "store__customers", "DISTINCT _ingested_at")]
    table = lake.table("silver", "customers__history").identifier
    rows = lake.spark.sql(f"SELECT id, name, valid_from, valid_to, is_current FROM {table} ORDER BY id, valid_from").collect()
    assert [row.is_current for row in rows] == [row.valid_to is None for row in rows]
    return [(row.id, row.name, times.index(row.valid_from), times.index(row.valid_to) if row.valid_to else None) for row in rows]


def test_a_late_version_takes_its_place_among_the_others(kept: Lake) -> None:
    kept.order(1, "10", "2026-01-10")
    kept.order(2, "5", "2026-01-01")
    kept.run_to_silver()
    kept.order(1, "30", "2026-01-30")
    kept.ingest()
    kept.order(1, "40", "2026-02-05")
    kept.run_to_silver()
    assert orders(kept) == [
        (1, 10, "01-10", "01-30", False), (1, 30, "01-30", "02-05", False), (1, 40, "02-05", None, True), (2, 5, "01-01", None, True),
    ]  # fmt: skip
    kept.order(1, "35", "2026-02-01")
    assert kept.run_to_silver()["silver.orders"].rows["stale"] == 1
    assert [row[1:4] for row in orders(kept) if row[0] == 1] == [
        (10, "01-10", "01-30"), (30, "01-30", "02-01"), (35, "02-01", "02-05"), (40, "02-05", None),
    ]  # fmt: skip
    assert [tuple(row) for row in kept.rows("silver", "orders", "id, total")] == [(1, Decimal(40)), (2, Decimal(5))]
    before = kept.metadata_locations()
    kept.run_to_silver()
    assert kept.metadata_locations() == before


def test_a_snapshot_that_lacks_a_key_ends_its_version_also_between_two_runs(kept: Lake) -> None:
    kept.customer(2, "Grace")
    kept.customer(3, "Edsger")
    kept.run_to_silver()
    kept.postgres.execute("DELETE FROM customers WHERE id = 2")
    kept.ingest()
    kept.customer(2, "Grace")
    kept.customer(3, "E. W.")
    kept.ingest()
    kept.customer(3, "Edsger")
    kept.run_to_silver()
    assert customers(kept) == [
        (1, "Ada", 0, None), (2, "Grace", 0, 1), (2, "Grace", 2, None), (3, "Edsger", 0, 2), (3, "E. W.", 2, 3), (3, "Edsger", 3, None),
    ]  # fmt: skip
    kept.postgres.execute("DELETE FROM customers WHERE id = 3")
    kept.run_to_silver()
    assert customers(kept)[-1] == (3, "Edsger", 3, 4)
    assert [row.id for row in kept.rows("silver", "customers", "id")] == [1, 2]


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(("orders__history",), id="at the history"),
        pytest.param(("orders", "orders__history", "orders__quarantine"), id="at any table", marks=pytest.mark.full_size),
    ],
)
def test_a_run_that_dies_doubles_and_loses_no_version(lake: Lake, monkeypatch: pytest.MonkeyPatch, tables: tuple[str, ...]) -> None:
    """For each table, one run dies after its commit and the next, with more to do, before it.

    Each of their batches has a superseded, a late and a refused row, and one that comes back from quarantine.
    """
    # So that what comes late is read in whichever month it is late.
    lake.with_tables(ORDERS_AT_SOURCE.model_copy(update={"overlap_seconds": 90 * 86_400}), KEPT_ORDERS)
    lake.apply()
    for month in range(1, len(tables) + 1):
        lake.order(10 * month, "10", f"2026-0{month}-10")
        for number in (1, 2):
            lake.order(10 * month + number, "20", f"2026-0{month}-10", customer_id=60 + 10 * number + month)
    lake.ingest(), lake.refine()

    def dies(table: str, *, after: bool) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Metadata, "publish", dying(table, after))
            with pytest.raises(Killed):
                lake.refine(f"dies {'after' if after else 'before'} {table}")

    for month, table in enumerate(tables, start=1):
        changed, first_waits, second_waits, refused = (10 * month + number for number in range(4))
        lake.customer(70 + month, "Bob")
        lake.order(changed, "5", f"2026-0{month}-05")
        lake.ingest()
        lake.order(changed, "12", f"2026-0{month}-12")
        lake.order(refused, "-1", f"2026-0{month}-12")
        lake.ingest()
        lake.order(changed, "15", f"2026-0{month}-15")
        lake.ingest()
        dies(table, after=True)
        # What comes meanwhile comes with the next run; what a reference says now is not what it said then.
        lake.customer(80 + month, "Eve")
        lake.order(changed, "13", f"2026-0{month}-13")
        lake.order(refused + 1, "-1", f"2026-0{month}-13")
        lake.ingest()
        lake.order(changed, "20", f"2026-0{month}-20")
        lake.ingest()
        dies(table, after=False)
        assert {outcome.error for outcome in lake.refine().values()} == {None}
        assert [row for row in orders(lake) if changed <= row[0] <= refused + 1] == [
            (changed, 5, f"0{month}-05", f"0{month}-10", False), (changed, 10, f"0{month}-10", f"0{month}-12", False),
            (changed, 12, f"0{month}-12", f"0{month}-13", False), (changed, 13, f"0{month}-13", f"0{month}-15", False),
            (changed, 15, f"0{month}-15", f"0{month}-20", False), (changed, 20, f"0{month}-20", None, True),
            (first_waits, 20, f"0{month}-10", None, True), (second_waits, 20, f"0{month}-10", None, True),
        ]  # fmt: skip
        kept_out = lake.rows("silver", "orders__quarantine", "cast(get_json_object(_row, '$.id') AS int) AS id")
        assert [row.id for row in kept_out if row.id < 10 * (month + 1)] == [
            10 * number + last for number in range(1, month + 1) for last in (3, 4)
        ]
        assert lake.table("silver", "orders__history").metadata().branches == ("main",)


def dying(table: str, after: bool) -> Callable[..., None]:
    """`Metadata.publish` as it is where the process ends at the first commit of a table."""
    commit = Metadata.publish
    died: list[str] = []

    def publish(metadata: Metadata, *arguments: object) -> None:
        here = metadata.table.name == table and not died
        if after or not here:
            commit(metadata, *arguments)  # type: ignore[arg-type]
        if here:
            died.append(table)
            raise Killed

    return publish


def test_the_first_run_that_dies_before_its_history_loses_no_version(kept: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.order(1, "10", "2026-01-10")
    kept.ingest()
    kept.order(1, "12", "2026-01-12")
    kept.ingest()

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(History, "add", dies)
        with pytest.raises(Killed):
            kept.refine()
    assert orders(kept) == []
    kept.refine()
    assert [row[1:4] for row in orders(kept)] == [(10, "01-10", "01-12"), (12, "01-12", None)]


@pytest.mark.full_size
def test_a_history_that_is_turned_on_later_begins_with_the_present_rows_and_turned_off_stays(lake: Lake) -> None:
    lake.order(1, "10", "2026-01-10")
    lake.run_to_silver()
    lake.order(1, "12", "2026-01-12")
    lake.run_to_silver()
    lake.with_tables(KEPT_ORDERS)
    lake.apply()
    lake.run_to_silver()
    assert orders(lake) == [(1, 12, "01-12", None, True)]
    lake.with_tables(ORDERS)
    lake.order(1, "13", "2026-01-13")
    lake.apply(), lake.run_to_silver()
    assert orders(lake) == [(1, 12, "01-12", None, True)]
    lake.with_tables(KEPT_ORDERS)
    lake.order(1, "14", "2026-01-14")
    lake.apply(), lake.run_to_silver()
    assert [row[1:4] for row in orders(lake)] == [(12, "01-12", "01-13"), (13, "01-13", "01-14"), (14, "01-14", None)]


def test_what_a_person_accepts_reaches_the_history_and_what_is_undone_leaves_it(lake: Lake) -> None:
    name = CUSTOMERS.columns[1].model_copy(update={"unique": True})
    lake.with_tables(KEPT_CUSTOMERS.model_copy(update={"columns": (CUSTOMERS.columns[0], name)}))
    lake.apply()
    lake.run_to_silver()
    lake.customer(2, "Ada")
    lake.ingest()
    assert "more than one row" in (lake.refine()["silver.customers"].error or "")
    assert customers(lake) == [(1, "Ada", 0, None)]
    (accepted,) = correct(lake.spark, run(lake, "customers", "accept"), "silver", "accept")
    assert accepted.error is None
    assert lake.refine()["silver.customers"].outcome == "unchanged"
    assert customers(lake) == [(1, "Ada", 0, None), (2, "Ada", 1, None)]
    (undone,) = correct(lake.spark, run(lake, "customers", "undo"), "silver", "undo")
    assert undone.error is None
    assert customers(lake) == [(1, "Ada", 0, None)]
    lake.postgres.execute("UPDATE customers SET name = 'Bob' WHERE id = 2")
    lake.run_to_silver()
    assert customers(lake) == [(1, "Ada", 0, None), (2, "Ada", 1, 2), (2, "Bob", 2, None)]


def test_a_history_that_contradicts_itself_is_found(spark: SparkSession) -> None:
    schema = "id bigint, valid_from timestamp, valid_to timestamp, is_current boolean"
    day = [BEGINNING + timedelta(days=number) for number in range(5)]
    versions = [
        (1, day[0], day[2], False), (1, day[2], None, True),
        (2, day[0], day[2], False), (2, day[1], None, True),
        (3, day[0], None, True), (3, day[1], None, True),
        (4, day[0], day[1], True), (5, day[0], day[1], False), (6, day[0], None, True),
    ]  # fmt: skip
    live = spark.createDataFrame([(1,), (2,), (3,), (5,)], "id bigint")
    found = contradictions(spark.createDataFrame(versions, schema), live, ["id"]).collect()[0].asDict()
    assert found == {"overlapping": 2, "unclear": 1, "missing": 1, "surplus": 2}


class Event(NamedTuple):
    key: int
    at: int
    value: str | None
    arrived: int


SCHEMA = "id bigint, value string, _run_id string, _ingested_at timestamp, _at timestamp, _gone boolean"
VALUE = CUSTOMERS.columns[1].model_copy(update={"name": "value"})
VALUES = CUSTOMERS.model_copy(update={"columns": (CUSTOMERS.columns[0], VALUE)})


def expected(events: list[Event]) -> list[tuple[int, str, int, int | None]]:
    """What a history must be, computed the plain way: key, value, from, to."""
    found: list[tuple[int, str, int, int | None]] = []
    for key in sorted({event.key for event in events}):
        last = {event.at: event.value for event in sorted(events, key=lambda one: one.arrived) if event.key == key}
        line: list[tuple[int, str | None]] = []
        for at in sorted(last):
            if (line[-1][1] if line else None) != last[at]:
                line.append((at, last[at]))
        ends = [at for at, _ in line[1:]] + [None]
        found += [(key, value, at, end) for (at, value), end in zip(line, ends, strict=True) if value is not None]
    return found


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full_size)])
@pytest.mark.parametrize("ordered", [pytest.param(True, id="in order, some gone"), pytest.param(False, id="in any order")])
def test_any_events_in_any_batches_give_the_same_history(spark: SparkSession, seed: int, ordered: bool) -> None:
    """What says that a row is gone (snapshots, exports) comes in order; what may come late (a watermark's overlap) says nothing of the kind."""
    chance = random.Random(seed)
    events = [
        Event(chance.randrange(4), at, None if ordered and chance.random() < 0.3 else chance.choice("ab") if ordered else f"{at}-{arrived}", arrived)
        for arrived in range(24)
        for at in [arrived // 2 if ordered else chance.randrange(15)]
    ]  # fmt: skip
    history = spark.createDataFrame([], "id bigint, value string, valid_from timestamp, valid_to timestamp, is_current boolean, _run_id string, _ingested_at timestamp")  # fmt: skip
    done: list[Event] = []
    while len(done) < len(events):
        batch = events[len(done) : len(done) + chance.randrange(1, 9)]
        again = done[-2:] if chance.random() < 0.5 else []
        done += batch
        rows = [
            (
                one.key,
                one.value,
                str(one.arrived),
                BEGINNING + timedelta(hours=one.arrived),
                BEGINNING + timedelta(days=one.at),
                one.value is None,
            )
            for one in [*batch, *again]
        ]
        since = min(row[4] for row in rows)
        held = history.where(f"is_current OR valid_to >= timestamp'{since}'")
        changed = changed_versions(spark.createDataFrame(rows, SCHEMA), held, VALUES).collect()
        stored = {(row.id, row.valid_from): row for row in history.collect()}
        for row in changed:
            there = (row.id, row.valid_from) in stored
            assert there == (row["_change"] != "inserted")
            stored.pop((row.id, row.valid_from), None)
            if row["_change"] != "deleted":
                stored[row.id, row.valid_from] = row
        history = spark.createDataFrame([tuple(row[name] for name in history.columns) for row in stored.values()], history.schema)
    found = sorted(
        (row.id, row.value, (row.valid_from - BEGINNING).days, (row.valid_to - BEGINNING).days if row.valid_to else None)
        for row in history.collect()
    )
    assert found == sorted(expected(done))
