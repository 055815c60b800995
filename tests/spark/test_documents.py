"""Accepted documents into bronze: each once, whatever is seen again, in as many rows as there are."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

import boto3
import pytest

from lambdas.gate.places import accepted_key, text_key
from medallion.ingest.documents.accepted import OVERLAP, NotAnEntry, entries, moment_of
from medallion.ingest.documents.source import ingest_documents
from medallion.manifest.engines.documents.columns import DOCUMENT_COLUMNS
from medallion.manifest.model import BronzeTable, Column
from medallion.manifest.names import documents_prefix
from medallion.outcomes import Outcome
from tests.spark.lake import Lake

# Spark's own sockets are closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

LETTERS = BronzeTable(
    product="shop",
    name="post__letters",
    contract="contracts/shop/bronze/letters.yaml",
    version="1.0.0",
    columns=tuple(Column(name=name, type=type) for name, type in DOCUMENT_COLUMNS.items()),
    source="post",
    object="letters",
    mode="documents",
    key=("document_id",),
)
PREFIX = documents_prefix(LETTERS.name)
BEGINNING = datetime(2026, 5, 1, 10, tzinfo=UTC)


class Post:
    """What the gate leaves, put there by its own rules for keys."""

    def __init__(self, lake: Lake) -> None:
        self.lake, self.s3, self.bucket = lake, boto3.client("s3"), lake.names.bucket("bronze")

    def accept(self, text: bytes, at: datetime, received: datetime | None = None, name: str = "letter.txt") -> str:
        """Lets a letter in; a second time makes a second entry, as a retry of the gate does."""
        id = sha256(text).hexdigest()
        self.s3.put_object(
            Bucket=self.bucket, Key=text_key(PREFIX, id), Body=text, ContentType="text/plain", Metadata={"upload": "u", "name": quote(name)}
        )
        self.s3.put_object(Bucket=self.bucket, Key=accepted_key(PREFIX, id, (received or at).isoformat(), at), Body=b"")
        return id

    def ingest(self) -> Outcome:
        (outcome,) = ingest_documents(self.lake.spark, self.lake._run(None), "post")
        return outcome

    def texts(self) -> list[str]:
        return sorted(row.text for row in self.lake.rows("bronze", LETTERS.name, "text"))


@pytest.fixture
def post(lake: Lake) -> Post:
    lake.tables = (LETTERS,)
    assert {outcome.error for outcome in lake.apply().values()} == {None}
    return Post(lake)


def test_a_letter_is_a_row_and_a_run_with_nothing_new_writes_nothing(post: Post) -> None:
    text = "\ufeffGrüß Gott,\r\nein Brief"
    id = post.accept(text.encode(), BEGINNING, BEGINNING - timedelta(seconds=30), "2026/ein Brief.txt")
    outcome = post.ingest()
    assert (outcome.error, outcome.rows) == (None, {"read": 1})
    (row,) = post.lake.rows("bronze", LETTERS.name)
    assert (row.document_id, row.name, row.media_type, row.size_bytes) == (id, "2026/ein Brief.txt", "text/plain", len(text.encode()))
    assert row.text == text.removeprefix("\ufeff")
    assert row.received_at.astimezone(UTC) == BEGINNING - timedelta(seconds=30)
    assert row._run_id == "documents:beginning..2026-05-01T10:00:00.000000Z@0"
    before = post.lake.metadata_locations()
    assert post.ingest().outcome == "unchanged"
    assert post.lake.metadata_locations() == before


def test_what_is_seen_again_is_appended_once(post: Post) -> None:
    post.accept(b"first", BEGINNING)
    post.ingest()
    # Within the overlap, before and after what was read.
    post.accept(b"late", BEGINNING - timedelta(minutes=10))
    post.accept(b"next", BEGINNING + timedelta(minutes=10))
    # The gate died after the first entry, and its message was tried again a week later.
    post.accept(b"first", BEGINNING + timedelta(days=7), BEGINNING)
    assert post.ingest().rows == {"read": 2}
    assert post.texts() == ["first", "late", "next"]
    assert post.ingest().outcome == "unchanged"


def test_a_listing_begins_where_the_last_one_ended(post: Post) -> None:
    post.accept(b"long ago", BEGINNING - OVERLAP - timedelta(days=1))
    post.accept(b"now", BEGINNING)
    post.ingest()
    state = post.lake.table("bronze", LETTERS.name).metadata().state
    assert state
    assert state.watermark
    assert moment_of(state.watermark) == BEGINNING
    # An entry from before the overlap can't be made by the gate; that it is not seen shows that history is not listed.
    post.s3.put_object(Bucket=post.bucket, Key=f"{PREFIX}/accepted/2020-01-01/what is this", Body=b"")
    post.accept(b"next", BEGINNING + timedelta(minutes=1))
    assert post.ingest().rows == {"read": 1}


def test_more_documents_than_a_partition_holds_are_all_read(post: Post) -> None:
    for number in range(300):
        post.accept(f"letter {number}".encode(), BEGINNING + timedelta(milliseconds=number))
    assert post.ingest().rows == {"read": 300}
    assert len(set(post.texts())) == 300


def test_a_document_that_was_changed_stops_the_table(post: Post) -> None:
    id = post.accept(b"as it came", BEGINNING)
    post.s3.put_object(Bucket=post.bucket, Key=text_key(PREFIX, id), Body=b"as someone wants it", Metadata={"name": "a.txt"})
    outcome = post.ingest()
    assert outcome.outcome == "failed"
    assert f"{id}: its bytes are " in (outcome.error or "")
    assert post.lake.rows("bronze", LETTERS.name) == []


def test_what_has_no_place_among_the_accepted_is_told() -> None:
    with pytest.raises(NotAnEntry, match="s3://bronze/accepted/2026-05-01/x is no entry"):
        entries("s3://bronze/accepted/", ["2026-05-01/x"])
