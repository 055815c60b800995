"""Windows of exports: chained exactly, never a gap, within DynamoDB's limits."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from medallion.ingest.export.request import Request, parse_request, request_bytes, token
from medallion.ingest.export.window import (
    FARTHEST,
    LONGEST,
    SHORTEST,
    FullExport,
    IncrementalExport,
    ceiling,
    floor,
    moment_of,
    next_export,
    text_of,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_DAYS = st.floats(-60, 90)
moments = _DAYS.map(lambda days: NOW + timedelta(days=days))
seconds = moments.map(floor)


def windows(last: datetime, latest: datetime, earliest: datetime = NOW - timedelta(days=400)) -> list[IncrementalExport | FullExport]:
    """All exports that are due, one after the other."""
    found: list[IncrementalExport | FullExport] = []
    while (due := next_export(last, earliest, latest)) is not None:
        found.append(due)
        last = due.end
    return found


def test_the_first_export_is_a_full_one() -> None:
    assert next_export(None, NOW - timedelta(minutes=1), NOW) == FullExport(NOW)


def test_two_windows_in_a_row() -> None:
    hour = timedelta(hours=1)
    first = next_export(NOW, NOW, NOW + hour)
    assert first == IncrementalExport(NOW, NOW + hour)
    assert next_export(NOW + hour, NOW, NOW + 2 * hour) == IncrementalExport(NOW + hour, NOW + 2 * hour)


def test_less_than_fifteen_minutes_is_left_for_later() -> None:
    assert next_export(NOW, NOW, NOW + SHORTEST - timedelta(seconds=1)) is None
    assert next_export(NOW, NOW, NOW + SHORTEST) == IncrementalExport(NOW, NOW + SHORTEST)


def test_an_outage_of_three_days_is_three_windows_and_a_rest() -> None:
    found = windows(NOW, NOW + timedelta(days=3, hours=1))
    assert [export.end - NOW for export in found] == [timedelta(days=1), timedelta(days=2), timedelta(days=3), timedelta(days=3, hours=1)]


def test_an_outage_of_forty_days_is_a_full_export() -> None:
    later = NOW + timedelta(days=40)
    assert windows(NOW, later) == [FullExport(later)]


def test_recovery_that_was_off_meanwhile_is_a_full_export() -> None:
    assert next_export(NOW, NOW + timedelta(minutes=5), NOW + timedelta(hours=1)) == FullExport(NOW + timedelta(hours=1))


@given(last=st.none() | seconds, earliest=moments, latest=moments)
def test_every_export_is_one_that_dynamodb_takes(last: datetime | None, earliest: datetime, latest: datetime) -> None:
    export = next_export(last, earliest, latest)
    if isinstance(export, IncrementalExport):
        assert export.start == last
        assert SHORTEST <= export.end - export.start <= LONGEST
        assert earliest <= export.start < export.end <= latest
        assert latest - export.start <= FARTHEST + timedelta(seconds=1)
    elif isinstance(export, FullExport):
        assert export.end == floor(latest)
    else:
        assert last is not None
        assert floor(latest) - last < SHORTEST


@given(last=seconds, latest=moments, earliest=moments)
def test_what_is_due_is_chained_without_a_gap_and_then_ends(last: datetime, latest: datetime, earliest: datetime) -> None:
    found = windows(last, latest, earliest)
    end = last
    for export in found:
        if isinstance(export, IncrementalExport):
            assert export.start == end
        end = export.end
    assert floor(latest) - end < SHORTEST
    assert [type(export) for export in found].count(FullExport) <= 1


@given(moments)
def test_a_moment_survives_the_state(moment: datetime) -> None:
    assert moment_of(text_of(floor(moment))) == floor(moment)
    assert floor(moment) <= moment <= ceiling(moment) < moment + timedelta(seconds=1)


@given(start=seconds, end=seconds, arn=st.none() | st.text(), full=st.booleans())
def test_a_request_survives_being_written_down(start: datetime, end: datetime, arn: str | None, full: bool) -> None:
    export = FullExport(end) if full else IncrementalExport(start, end)
    request = Request(export, token("arn", export), start, arn)
    assert parse_request(request_bytes(request)) == request


def test_a_token_is_the_window_s_own() -> None:
    window = IncrementalExport(NOW, NOW + LONGEST)
    assert token("a", window) == token("a", IncrementalExport(NOW, NOW + LONGEST))
    others = [token("b", window), token("a", FullExport(NOW)), token("a", window, token("a", window))]
    assert len({token("a", window), *others}) == 4
    assert len(token("a", window)) == 36
