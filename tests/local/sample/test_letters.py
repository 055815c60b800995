"""Letters of the sample lake: from the landing bucket through the gate into a table that Athena reads."""

import json
import time
from typing import Any

import pytest

from tests.local.lake import Lake

LANDING, BRONZE, OPS = (f"local-{purpose}-111111111111-eu-west-1" for purpose in ("landing", "bronze", "ops"))
TABLE = "local_bronze.mail__letters"


def upload(lake: Lake, name: str, content: bytes) -> dict[str, Any]:
    """Uploads a letter as a mail room would; the record of what became of it, once it has left the landing bucket."""
    s3 = lake.client("s3")
    before = lake.decisions()
    s3.put_object(Bucket=LANDING, Key=f"mail/{name}", Body=content)
    end = time.monotonic() + 120
    while not (found := set(lake.decisions()) - set(before)) or s3.list_objects_v2(Bucket=LANDING)["KeyCount"]:
        assert time.monotonic() < end, f"nothing was decided about {name}"
        time.sleep(0.5)
    (key,) = found
    record: dict[str, Any] = json.loads(s3.get_object(Bucket=OPS, Key=key)["Body"].read())
    return record


def run(lake: Lake) -> dict[str, Any]:
    """A run of the letters alone; what is told of their table."""
    (told,) = [table for task in lake.run("mail__letters")["tasks"] for table in task["tables"] if table["table"] == TABLE]
    return dict(told)


def test_the_letters_of_the_seed_are_rows(lake: Lake, sources: dict[str, Any]) -> None:
    rows = lake.query(f"SELECT name, media_type, size_bytes, length(text) AS characters FROM {TABLE} ORDER BY name")
    assert len(rows) == sources["mail"]["letters"]["rows"] == len(sources["mail"]["letters"]["documents"]) > 5
    # Five are written by hand, and there at any size.
    assert sum(not row["name"].startswith("letter-") for row in rows) == 5
    assert {row["media_type"] for row in rows} == {"text/plain", "text/markdown"}
    # German has letters of two bytes.
    (german,) = [row for row in rows if row["name"] == "reklamation-käse.txt"]
    assert german["characters"] < german["size_bytes"]


@pytest.mark.full_size
def test_a_letter_that_comes_in_is_read_by_the_next_run_and_once(lake: Lake) -> None:
    before = lake.one(f"SELECT count(*) AS n FROM {TABLE}")["n"]
    assert upload(lake, "2026/a late letter.txt", b"Better late than never.")["decision"] == "accepted"
    assert run(lake)["rows"] == {"read": 1}
    assert upload(lake, "2026/the same again.txt", b"Better late than never.")["decision"] == "repeated"
    assert run(lake)["outcome"] == "unchanged"
    assert lake.one(f"SELECT count(*) AS n FROM {TABLE}")["n"] == before + 1
    assert lake.one(f"SELECT text FROM {TABLE} WHERE name = '2026/a late letter.txt'")["text"] == "Better late than never."


@pytest.mark.parametrize(
    ("content", "reason"), [pytest.param(b"", "empty", id="0 bytes"), pytest.param("Hi".encode("utf-16"), "encoding", id="UTF-16")]
)
def test_what_is_no_letter_is_in_quarantine_with_its_reason(lake: Lake, content: bytes, reason: str) -> None:
    record = upload(lake, f"{reason}.txt", content)
    assert (record["decision"], record["reason"]) == ("refused", reason)
    tags = lake.client("s3").get_object_tagging(Bucket=BRONZE, Key=record["kept_at"])["TagSet"]
    assert {"Key": "reason", "Value": reason} in tags
