"""Which export of a DynamoDB table comes next: a window that begins where the last one ended, or all of the table."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
FARTHEST = timedelta(days=35)


@dataclass(frozen=True)
class FullExport:
    """All items of a table at a moment.

    Attributes:
        end: The moment, a whole second of UTC; the next window begins there.
    """

    end: datetime

    @property
    def run_id(self) -> str:
        """The input's id: the same export is the same input, whichever attempt reads it."""
        return f"export:full@{text_of(self.end)}"


@dataclass(frozen=True)
class IncrementalExport:
    """What was written to a table in a window, each item's last image only.

    Attributes:
        start: Inclusive, a whole second of UTC.
        end: Exclusive, a whole second of UTC; the next window begins there.
    """

    start: datetime
    end: datetime

    @property
    def run_id(self) -> str:
        """The input's id: the same window is the same input, whichever attempt reads it."""
        return f"export:{text_of(self.start)}..{text_of(self.end)}"


type Export = FullExport | IncrementalExport


def next_export(last_end: datetime | None, earliest: datetime, latest: datetime) -> Export | None:
    """The export that continues what was read, without a gap.

    Args:
        last_end: Where the last export that was published ended; None where there was none.
        earliest: The first moment that the table can be restored to.
        latest: The last one.

    Returns:
        All of the table, where nothing was read before or the window's beginning can't be restored any more; or else the next window, of 15
        minutes to 24 hours; None where that would be shorter.
    """
    earliest, latest = ceiling(earliest), floor(latest)
    if last_end is None:
        return FullExport(latest)
    if latest - last_end < SHORTEST:
        return None
    if last_end < max(earliest, latest - FARTHEST):
        return FullExport(latest)
    return IncrementalExport(last_end, min(last_end + LONGEST, latest))


def floor(moment: datetime) -> datetime:
    """The whole second of UTC at or before a moment."""
    return moment.astimezone(UTC).replace(microsecond=0)


def ceiling(moment: datetime) -> datetime:
    """The whole second of UTC at or after a moment."""
    return floor(moment) if moment.microsecond == 0 else floor(moment) + timedelta(seconds=1)


def text_of(moment: datetime) -> str:
    """A moment as a table's state has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_of(text: str) -> datetime:
    """The moment of `text_of`."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
