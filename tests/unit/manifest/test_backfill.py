"""Ranges as people write them, and what they mean to a source."""

from datetime import UTC, datetime, timedelta

import pytest

from cli.run.selection import run_conf, without_range
from cli.terminal.failures import Refused, exit_code
from medallion.ingest.jdbc.postgres import Postgres
from medallion.ingest.jdbc.window import Again
from medallion.manifest.backfill import NoSuchRange, TimeRange, time_range
from medallion.manifest.errors import InvalidField
from medallion.manifest.model import BronzeTable, Product

DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "written"),
    [
        ("2026-01-01", "2026-02-01", ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")),
        ("2026-01-01T10:00", "2026-01-01 11:30:00.5", ("2026-01-01T10:00:00Z", "2026-01-01T11:30:00.500000Z")),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:01Z", ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")),
    ],
    ids=["dates", "without a zone", "with a zone"],
)
def test_a_range_is_told_in_utc(start: str, end: str, written: tuple[str, str]) -> None:
    found = time_range(start, end)
    assert found is not None
    assert found.written == written
    assert time_range(*found.written) == found


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-01-01", None, "--to: is missing: a range has two ends"),
        ("", "2026-01-01", "--from: is missing: a range has two ends"),
        ("yesterday", "2026-01-01", "--from: 'yesterday' is no date and no moment; write 2026-01-31"),
        ("2026-01-01", "2026-02-30", "--to: '2026-02-30' is no date"),
        ("2026-01-01", "2026-01-01", "--to: 2026-01-01 is not after --from 2026-01-01; the end is exclusive"),
        ("2026-02-01", "2026-01-01", "is not after"),
    ],
)
def test_a_wrong_range_is_refused(start: str | None, end: str | None, told: str) -> None:
    with pytest.raises(InvalidField, match=told) as refused:
        time_range(start, end)
    assert exit_code(refused.value) == 2


def test_no_range_is_none() -> None:
    assert time_range(None, "") is None
    assert run_conf(["orders"], None) == {"tables": ["orders"]}
    assert run_conf([], time_range("2026-01-01", "2026-01-02")) == {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}


@pytest.mark.parametrize(
    ("type", "condition"),
    [
        ("timestamp", "\"at\" >= '2026-01-01T06:00:00Z'::timestamptz AND \"at\" < '2026-01-02T06:00:00Z'::timestamptz"),
        ("timestamp_ntz", "\"at\" >= '2026-01-01T06:00:00'::timestamp AND \"at\" < '2026-01-02T06:00:00'::timestamp"),
        # A day that has begun is read whole.
        ("date", "\"at\" >= '2026-01-01'::date AND \"at\" < '2026-01-03'::date"),
    ],
)
def test_a_range_is_a_condition_of_the_source(type: str, condition: str) -> None:
    found = TimeRange(start=DAY + timedelta(hours=6), end=DAY + timedelta(hours=30))
    assert Again(*found.bounds(type), base=0).condition(Postgres(), "at", type) == condition


def test_whole_days_stay_whole_days() -> None:
    assert TimeRange(start=DAY, end=DAY + timedelta(days=2)).bounds("date") == ("2026-01-01", "2026-01-03")


def bronze(name: str, mode: str) -> BronzeTable:
    return BronzeTable(product="p", name=name, contract="", version="1", columns=(), source="s", object=name, mode=mode)


def test_a_number_knows_no_range() -> None:
    with pytest.raises(NoSuchRange, match="its watermark is a bigint"):
        TimeRange(start=DAY, end=DAY + timedelta(days=1)).bounds("bigint")


def test_a_range_is_refused_where_it_means_nothing_to_any_table_and_told_where_to_some() -> None:
    product = Product(name="p", tables=(bronze("s__a", "snapshot"), bronze("s__b", "incremental"), bronze("d__c", "export")))
    assert sorted(without_range([(product, ())])) == ["d__c", "s__a"]
    assert without_range([(product, ("s__b",))]) == {}
    with pytest.raises(Refused, match=r"leave both away: s__a: a snapshot has no range.*; d__c: exports follow each other without a gap"):
        without_range([(product, ("s__a", "d__c"))])
    with pytest.raises(Refused, match="nothing here is read from a source"):
        without_range([])
