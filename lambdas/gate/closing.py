"""When a batch closes: letters that come within the same window start one run."""

import math
from calendar import timegm
from datetime import UTC, datetime, timedelta

# Clocks differ a little; a run that began before its batch closed could miss a letter.
MARGIN_SECONDS = 5


def closing(now: datetime, batch_seconds: int) -> datetime:
    """The end of the window that a moment lies in; windows begin at midnight UTC of 1970 and follow each other.

    Args:
        now: A moment with a zone.
        batch_seconds: How long a window is.
    """
    # Whole seconds: a float of today has no more than a few digits for their parts.
    passed = timegm(now.utctimetuple()) // batch_seconds
    return datetime.fromtimestamp((passed + 1) * batch_seconds, UTC)


def delay_seconds(now: datetime, closes_at: datetime) -> int:
    """How long a message about a batch must wait: whole seconds, past the closing."""
    return math.ceil((closes_at - now) / timedelta(seconds=1)) + MARGIN_SECONDS


def text_of(moment: datetime) -> str:
    """A closing as the id of its run has it: `2026-01-31T18:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
