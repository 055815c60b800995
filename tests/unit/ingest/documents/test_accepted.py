"""What the gate writes among the accepted is what the ingest job reads, in the order of the gate's clock."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.gate.places import accepted_key
from medallion.ingest.documents.accepted import OVERLAP, entries, listed_after, moment_of, text_of

PREFIX = "documents/post__letters"
FOLDER = f"{PREFIX}/accepted/"
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RECEIVED = MOMENTS.map(lambda moment: moment.replace(microsecond=0))
IDS = st.integers(0, 9).map(lambda number: sha256(str(number).encode()).hexdigest())


def key(id: str, received: datetime, accepted: datetime) -> str:
    return accepted_key(PREFIX, id, received.strftime("%Y-%m-%dT%H:%M:%SZ"), accepted).removeprefix(FOLDER)


# strptime's first call loads what it needs.
@settings(deadline=None)
@given(IDS, RECEIVED, MOMENTS)
def test_an_entry_is_read_as_it_was_written(id: str, received: datetime, accepted: datetime) -> None:
    (found,) = entries("here", [key(id, received, accepted)])
    assert (found.document_id, found.received_at, found.accepted_at) == (id, received, accepted)


@given(st.lists(st.tuples(IDS, RECEIVED, MOMENTS), unique_by=lambda one: one[2]))
def test_keys_sort_as_the_clock_did_and_a_document_is_read_as_it_came_first(made: list[tuple[str, datetime, datetime]]) -> None:
    found = entries("here", sorted(key(*one) for one in made))
    assert [one.accepted_at for one in found] == sorted(one.accepted_at for one in found)
    assert {one.document_id: one.accepted_at for one in found} == {
        id: min(accepted for other, _, accepted in made if other == id) for id, _, _ in made
    }


@given(MOMENTS, st.timedeltas(timedelta(0), OVERLAP), IDS)
def test_what_was_accepted_within_the_overlap_lies_behind_where_a_listing_begins(watermark: datetime, before: timedelta, id: str) -> None:
    assert key(id, watermark.replace(microsecond=0), watermark - OVERLAP + before) > listed_after(watermark) > listed_after(None)


@given(MOMENTS)
def test_a_watermark_is_kept_to_the_microsecond(moment: datetime) -> None:
    assert moment_of(text_of(moment)) == moment
