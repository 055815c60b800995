"""The letters of the sample lake: the same on each machine, about what the sample has, with the truth apart from them."""

from collections import Counter
from hashlib import sha256
from typing import Any

import pytest

from tests.sample_seed import seed

# Of all 405 letters, one after another: whoever changes the generator changes what was measured (docs/extraction.md).
DIGEST = "e3ca90bc68fd26c7cf5fd9667ec46c0126bdfe1a4b789337ec524b0ffa07ef92"
CHANNELS = {"e-mail", "chat", "voicemail", "note"}
FIELDS = {"topic", "sentiment", "department", "product", "store_id", "campaign_id", "amount", "happened_on", "wants_reply"}


@pytest.fixture(scope="module")
def letters() -> list[Any]:
    return list(seed("mail").documents())


def test_the_letters_are_the_same_bytes_on_each_machine(letters: list[Any]) -> None:
    assert len({letter.document_id for letter in letters}) == len(letters) == 405
    assert sha256(b"".join(letter.content for letter in letters)).hexdigest() == DIGEST


def test_there_are_letters_of_every_kind_channel_and_language(letters: list[Any]) -> None:
    counts = {key: Counter(letter.truth[key] for letter in letters) for key in ("kind", "channel", "language")}
    assert counts["kind"].keys() == {"one", "several", "off-topic", "empty", "instruction"}
    assert counts["channel"].keys() == CHANNELS
    assert counts["language"].keys() == {"en", "es", "de"}
    assert min(count for each in counts.values() for count in each.values()) > 10
    records = [record for letter in letters for record in letter.truth["records"]]
    assert {name for record in records for name in record} == FIELDS
    assert all(letter.truth["records"] == [] for letter in letters if letter.truth["kind"] in ("off-topic", "empty"))
    assert all(len(letter.truth["records"]) > 1 for letter in letters if letter.truth["kind"] == "several")


def test_a_letter_says_what_its_truth_has(letters: list[Any]) -> None:
    for letter in letters:
        text = " ".join(letter.content.decode().split())
        for record in letter.truth["records"]:
            said = [record[name] for name in ("product", "store_id", "campaign_id") if name in record]
            assert [word for word in said if str(word) not in text] == []
            amount = record.get("amount")
            assert amount is None or amount in text or amount.replace(".", ",") in text


def test_letters_are_about_what_the_sample_has(letters: list[Any]) -> None:
    sample = seed("sample").Sample(None)
    records = [record for letter in letters for record in letter.truth["records"]]
    assert {record["department"] for record in records if "department" in record} <= set(sample.products["department"].to_pylist())
    assert {record["store_id"] for record in records if "store_id" in record} <= set(sample.transactions["store_id"].unique().to_pylist())
    assert {record["campaign_id"] for record in records if "campaign_id" in record} <= set(sample.campaigns["campaign_id"].to_pylist())


@pytest.mark.parametrize(("rows", "number"), [(1, 1), (49, 5), (50, 6), (1500, 35), (None, 405)])
def test_few_rows_mean_few_letters_and_those_by_hand_come_first(rows: int | None, number: int) -> None:
    names = [letter.name for letter in seed("mail").documents(rows)]
    assert len(names) == number
    assert not any(name.startswith("letter-") for name in names[:5])


class Bucket:
    """Keeps what is uploaded."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}

    def put_object(self, **given: Any) -> None:
        assert given["ContentType"] == "text/plain; charset=utf-8"
        self.keys[given["Key"]] = given["Body"]


def test_the_truth_is_told_and_never_uploaded() -> None:
    bucket = Bucket()
    (told,) = seed().load("mail", bucket, "landing/mail/", lambda *_: None, 500).values()
    assert told["rows"] == told["source_rows"] == len(bucket.keys) == 15
    assert told["documents"].keys() == {sha256(content).hexdigest() for content in bucket.keys.values()}
    assert all(key.startswith("mail/") and key.endswith((".txt", ".md")) for key in bucket.keys)
