"""When a batch closes, and how long its message waits."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lambdas.gate.closing import MARGIN_SECONDS, closing, delay_seconds, text_of

MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WINDOWS = st.integers(10, 840)


@given(MOMENTS, WINDOWS)
def test_a_moment_lies_before_its_closing_and_within_a_window_of_it(now: datetime, window: int) -> None:
    left = closing(now, window) - now
    assert timedelta(0) < left <= timedelta(seconds=window)


@given(MOMENTS, WINDOWS, st.floats(0, 0.999))
def test_all_moments_of_a_window_have_one_closing(now: datetime, window: int, part: float) -> None:
    end = closing(now, window)
    earlier = end - timedelta(seconds=window) + timedelta(seconds=window * part)
    assert closing(earlier, window) == end


@given(MOMENTS, WINDOWS)
def test_a_message_arrives_after_the_closing_and_sqs_can_hold_it_so_long(now: datetime, window: int) -> None:
    end = closing(now, window)
    delay = delay_seconds(now, end)
    assert end + timedelta(seconds=MARGIN_SECONDS) <= now + timedelta(seconds=delay)
    assert MARGIN_SECONDS < delay <= 900


def test_a_closing_is_written_as_an_instant_of_utc() -> None:
    assert text_of(closing(datetime(2026, 1, 31, 17, 59, 30, tzinfo=UTC), 60)) == "2026-01-31T18:00:00Z"
