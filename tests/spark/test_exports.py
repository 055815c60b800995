"""DynamoDB exports into bronze and on to silver: the documented files, every type, deletions, a gap."""

import base64
import gzip
import hashlib
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from medallion.ingest.export import table as export_table
from medallion.ingest.export.files import DataFile, ExportFiles
from medallion.ingest.export.source import ingest_exports
from medallion.ingest.export.window import Export, FullExport, IncrementalExport
from medallion.manifest.model import BronzeTable, Column, SilverTable
from medallion.outcomes import Outcome
from tests.spark.lake import Lake

# Spark's own sockets are closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
BIG = 12345678901234567890123456789012345678
PEOPLE_AT_SOURCE = BronzeTable(
    product="shop",
    name="crm__people",
    contract="contracts/shop/bronze/people.yaml",
    version="1.0.0",
    columns=(
        Column(name="id", type="string"),
        Column(name="version", type="bigint"),
        Column(name="points", type="decimal(38,0)"),
        Column(name="price", type="decimal(10,2)"),
        Column(name="active", type="boolean"),
        Column(name="photo", type="binary"),
        Column(name="tags", type="array<string>"),
        Column(name="scores", type="array<bigint>"),
        Column(name="address", type="struct<street:string,homeNumber:bigint,rooms:array<struct<name:string>>>"),
        Column(name="counts", type="map<string,bigint>"),
    ),
    source="crm",
    object="people",
    mode="export",
    key=("id", "version"),
)
PEOPLE = SilverTable(
    product="shop",
    name="people",
    contract="contracts/shop/silver/people.yaml",
    version="1.0.0",
    columns=(
        Column(name="id", type="string", required=True),
        Column(name="version", type="bigint", required=True),
        Column(name="points", type="decimal(38,0)", required=True),
        Column(name="street", type="string", expression="address.street"),
        Column(name="counts", type="map<string,bigint>"),
        Column(name="written_at", type="timestamp", expression="_written_at"),
    ),
    input="crm__people",
    key=("id", "version"),
)


class Crm:
    """Exports that a test writes by hand, handed to the lake one after the other."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.due: list[tuple[Export, ExportFiles]] = []
        self.asked: list[datetime | None] = []

    def exported(self, _target: object, last_end: datetime | None) -> tuple[Export, ExportFiles] | None:
        self.asked.append(last_end)
        return self.due.pop(0) if self.due else None

    def full(self, end: datetime, *items: dict[str, Any]) -> None:
        self.due.append((FullExport(end), self.files([{"Item": item} for item in items])))

    def window(self, start: datetime, end: datetime, *lines: dict[str, Any]) -> None:
        self.due.append((IncrementalExport(start, end), self.files(list(lines))))

    def files(self, lines: list[dict[str, Any]]) -> ExportFiles:
        bucket, found = self.lake.names.bucket("bronze"), []
        for number, part in enumerate((lines[::2], lines[1::2])):
            content = gzip.compress("".join(json.dumps(line) + "\n" for line in part).encode())
            key = f"exports/crm__people/{hashlib.sha256(content).hexdigest()[:8]}-{number}.json.gz"
            with closing(boto3.client("s3")) as s3:
                s3.put_object(Bucket=bucket, Key=key, Body=content)
            found.append(DataFile(key, len(part), base64.b64encode(hashlib.md5(content).digest()).decode()))
        return ExportFiles(bucket, tuple(found))

    def ingest(self) -> Outcome:
        given = self.lake.given().model_copy(update={"source": "crm", "source_prefix": "crm-"})
        (outcome,) = ingest_exports(self.lake.spark, self.lake._run(None), given)
        return outcome

    def run(self) -> tuple[Outcome, Outcome]:
        ingested = self.ingest()
        refined = self.lake.refine()["silver.people"]
        assert (ingested.error, refined.error) == (None, None)
        return ingested, refined

    def silver(self) -> dict[str, int]:
        return {row.id: int(row.points) for row in self.lake.rows("silver", "people", "id, points")}


def key(id: str) -> dict[str, Any]:
    return {"id": {"S": id}, "version": {"N": "1"}}


def item(id: str, points: int = 1, **more: Any) -> dict[str, Any]:
    return {**key(id), "points": {"N": str(points)}, **more}


def wrote(at: datetime, id: str, points: int | None = None, **more: Any) -> dict[str, Any]:
    """A line of an incremental export; a deletion where there are no points."""
    line: dict[str, Any] = {"Metadata": {"WriteTimestampMicros": {"N": str(int(at.timestamp() * 1e6))}}, "Keys": key(id)}
    return line | ({"NewImage": item(id, points, **more)} if points is not None else {})


@pytest.fixture
def crm(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Crm:
    lake.tables = (PEOPLE_AT_SOURCE, PEOPLE)
    assert {outcome.error for outcome in lake.apply().values()} == {None}
    made = Crm(lake)
    monkeypatch.setattr(export_table, "exported", made.exported)
    return made


def test_every_type_is_read_as_it_was_written(crm: Crm) -> None:
    crm.full(
        BEGINNING,
        item(
            "a",
            BIG,
            price={"N": "-0.5"},
            active={"BOOL": False},
            photo={"B": base64.b64encode(b"\x00\xff").decode()},
            tags={"SS": ["x", "y"]},
            scores={"NS": ["1", "-2"]},
            address={
                "M": {"street": {"S": "Main"}, "homeNumber": {"N": "7"}, "rooms": {"L": [{"M": {"name": {"S": "hall"}}}, {"NULL": True}]}}
            },
            counts={"M": {"k": {"N": "3"}, "none": {"NULL": True}}},
            unknown={"S": "not in the contract"},
        ),
        item("b", tags={"L": [{"S": "z"}, {"N": "1.50"}]}, scores={"L": []}, address={"NULL": True}, active={"NULL": True}),
    )
    assert crm.ingest().rows == {"read": 2}
    a, b = crm.lake.rows("bronze", "crm__people")
    assert (a.points, a.price, a.active, bytes(a.photo)) == (BIG, Decimal("-0.50"), False, b"\x00\xff")
    assert (a.tags, a.scores, a.counts) == (["x", "y"], [1, -2], {"k": 3, "none": None})
    assert (a.address.street, a.address.homeNumber, a.address.rooms[0].name, a.address.rooms[1]) == ("Main", 7, "hall", None)
    assert (b.tags, b.scores, b.address, b.active, b.photo, b.counts) == (["z", "1.50"], [], None, None, None, None)
    assert (a._is_deleted, a._run_id) == (False, "export:full@2026-01-01T00:00:00Z")
    assert a._written_at.timestamp() == BEGINNING.timestamp()


def test_values_of_other_types_stop_the_table_and_are_never_null(crm: Crm) -> None:
    odd: tuple[dict[str, Any], ...] = (
        {"price": {"S": "1"}},
        # Digits would be lost.
        {"price": {"N": "1.239"}},
        {"scores": {"L": [{"N": "1"}, {"S": "x"}]}},
        {"counts": {"M": {"k": {"N": "1.5"}}}},
        {"address": {"M": {"homeNumber": {"BOOL": True}}}},
        {"points": {"N": "1E+40"}},
    )
    crm.full(BEGINNING, item("good"), *({**item("bad"), **one} for one in odd))
    outcome = crm.ingest()
    assert outcome.outcome == "failed"
    types = {column.name: column.type for column in PEOPLE_AT_SOURCE.columns}
    for column, items in {"price": 2, "scores": 1, "counts": 1, "address": 1, "points": 1}.items():
        assert f"{column} is no {types[column]} in {items} items" in (outcome.error or "")
    assert crm.lake.rows("bronze", "crm__people") == []


def test_windows_follow_each_other_and_a_deleted_key_is_gone(crm: Crm) -> None:
    hour = timedelta(hours=1)
    crm.full(BEGINNING, item("kept", counts={"M": {"k": {"N": "1"}}}), item("changed"), item("deleted"))
    crm.window(BEGINNING, BEGINNING + hour, wrote(BEGINNING, "changed", 2), wrote(BEGINNING, "brief", 1))
    crm.window(BEGINNING + hour, BEGINNING + 2 * hour)
    ingested, refined = crm.run()
    assert ingested.rows == {"read": 5}
    assert crm.asked == [None, BEGINNING, BEGINNING + hour, BEGINNING + 2 * hour]
    assert refined.rows == {"read": 5, "merged": 4, "superseded": 1, "stale": 0, "unchanged": 0, "quarantined": 0, "deleted": 0}
    assert crm.silver() == {"kept": 1, "changed": 2, "deleted": 1, "brief": 1}

    end = BEGINNING + 2 * hour
    crm.window(
        end,
        end + hour,
        wrote(end, "deleted"),
        wrote(end + timedelta(minutes=9), "brief"),
        wrote(end, "kept", 1, counts={"M": {"k": {"N": "1"}}}),
        wrote(end, "never there"),
    )
    # Written again in the next window: the deletion before it must not remove it.
    crm.window(end + hour, end + 2 * hour, wrote(end + hour, "brief", 3))
    _, refined = crm.run()
    assert refined.rows == {"read": 4, "merged": 2, "superseded": 1, "stale": 0, "unchanged": 1, "quarantined": 0, "deleted": 1}
    assert crm.silver() == {"kept": 1, "changed": 2, "brief": 3}
    assert crm.lake.refine()["silver.people"].outcome == "unchanged"


def test_a_full_export_after_a_gap_tells_what_is_gone(crm: Crm) -> None:
    crm.full(BEGINNING, item("kept"), item("changed"), item("gone"), item("gone before"))
    crm.window(BEGINNING, BEGINNING + timedelta(hours=1), wrote(BEGINNING, "gone before"))
    crm.run()
    assert sorted(crm.silver()) == ["changed", "gone", "kept"]
    later = BEGINNING + timedelta(days=40)
    crm.full(later, item("kept"), item("changed", 2), item("new"))
    ingested, refined = crm.run()
    assert ingested.rows == {"read": 4}
    assert refined.rows["deleted"] == 1
    assert crm.silver() == {"kept": 1, "changed": 2, "new": 1}


def test_a_bad_item_is_quarantined_and_a_deletion_breaks_no_rule(crm: Crm) -> None:
    crm.full(BEGINNING, key("bad"), item("good"), item("other"))
    _, refined = crm.run()
    assert refined.rows["quarantined"] == 1
    crm.window(BEGINNING, BEGINNING + timedelta(hours=1), wrote(BEGINNING, "bad"), wrote(BEGINNING, "good"))
    _, refined = crm.run()
    assert (refined.rows["quarantined"], refined.rows["deleted"], refined.rows["unchanged"]) == (0, 1, 1)
    assert crm.silver() == {"other": 1}


def test_a_damaged_file_publishes_nothing(crm: Crm) -> None:
    crm.full(BEGINNING, item("a"), item("b"))
    export, files = crm.due[0]
    for damaged, told in ((replace(files.files[0], md5="x"), "its MD5 is"), (replace(files.files[0], items=2), "the manifest counts 2")):
        crm.due = [(export, ExportFiles(files.bucket, (damaged, *files.files[1:])))]
        outcome = crm.ingest()
        assert outcome.outcome == "failed"
        assert told in (outcome.error or "")
    assert crm.lake.rows("bronze", "crm__people") == []
    crm.due = [(export, files)]
    assert crm.ingest().rows == {"read": 2}
