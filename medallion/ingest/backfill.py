"""A range of time that a run reads again at the source, whatever was read of it before."""

import re
from datetime import UTC, datetime, timedelta

from medallion.ingest.export_window import LONGEST, SHORTEST, IncrementalExport, ceiling, floor, text_of
from medallion.manifest.errors import InvalidField, Location, Terminal
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import BronzeTable

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$")
# As medallion.ingest.postgres orders numbers: they say nothing about time.
_NUMBERS = frozenset({"bigint", "int", "smallint"})


class NoSuchRange(Terminal):
    """A table can't be read again for a range; the message says why and what to do instead."""


class TimeRange(Frozen):
    """From one moment to another.

    Attributes:
        start: Inclusive, UTC.
        end: Exclusive, UTC.
    """

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{_text(self.start)}..{_text(self.end)}"

    @property
    def written(self) -> tuple[str, str]:
        """Both ends as arguments of a job have them: ISO 8601 in UTC."""
        return _text(self.start), _text(self.end)

    def bounds(self, type: str) -> tuple[str, str]:
        """Both ends as a watermark of some type, the end exclusive; whole days where it has no more.

        Raises:
            NoSuchRange: Such a watermark knows no time.
        """
        if type in _NUMBERS:
            raise NoSuchRange(f"its watermark is a {type}, and a range of time says nothing about a number; leave --from and --to away")
        if type == "date":
            last = (
                self.end.date() if self.end.timetz() == datetime.min.replace(tzinfo=UTC).timetz() else self.end.date() + timedelta(days=1)
            )
            return self.start.date().isoformat(), last.isoformat()
        ends = self.written
        return ends if type == "timestamp" else (ends[0].removesuffix("Z"), ends[1].removesuffix("Z"))


def time_range(start: str | None, end: str | None) -> TimeRange | None:
    """The range that a person or a DAG run gives; None where neither end is given.

    Args:
        start: A date, which is its beginning, or a moment of ISO 8601; without a zone it is UTC.
        end: The same; exclusive.

    Raises:
        InvalidField: Only one is given, one can't be read, or they are the wrong way round.
    """
    if not start and not end:
        return None
    if not start or not end:
        missing = "--to" if start else "--from"
        raise InvalidField(Location(missing), "is missing: a range has two ends, such as --from 2026-01-01 --to 2026-02-01")
    found = TimeRange(start=_moment("--from", start), end=_moment("--to", end))
    if found.start >= found.end:
        raise InvalidField(
            Location("--to"),
            f"{end} is not after --from {start}; the end is exclusive, so that one day is --from 2026-01-01 --to 2026-01-02",
        )
    return found


def windows(range: TimeRange) -> tuple[IncrementalExport, ...]:
    """The exports that cover a range without a gap, each of 15 minutes to 24 hours, from whole second to whole second.

    Raises:
        NoSuchRange: The range is shorter than an export can be.
    """
    start, end = floor(range.start), ceiling(range.end)
    if end - start < SHORTEST:
        raise NoSuchRange(f"{range} is shorter than {SHORTEST // timedelta(minutes=1)} minutes, and DynamoDB exports no less")
    found = []
    while start < end:
        until = min(start + LONGEST, end)
        if timedelta() < end - until < SHORTEST:
            # What is left would be too short for an export of its own.
            until = end - SHORTEST
        found.append(IncrementalExport(start, until))
        start = until
    return tuple(found)


def exportable(range: TimeRange, last_end: datetime | None, earliest: datetime) -> tuple[IncrementalExport, ...]:
    """The exports that read a range of a DynamoDB table again.

    Args:
        range: What is asked for.
        last_end: Up to where the table was read; None where it was not.
        earliest: The first moment that DynamoDB can restore the table to.

    Raises:
        NoSuchRange: Not all of the range can be read again.
    """
    found = windows(range)
    if last_end is None:
        raise NoSuchRange("it was never read; an ordinary run reads all of it")
    if found[-1].end > last_end:
        raise NoSuchRange(f"it was read up to {text_of(last_end)} only, and an ordinary run goes on from there; --to can be that at most")
    if found[0].start < earliest:
        raise NoSuchRange(
            f"DynamoDB remembers its changes since {text_of(ceiling(earliest))} only, at most 35 days; --from can't be before that, "
            "and what was before can't be told any more"
        )
    return found


def without_range(tables: tuple[BronzeTable, ...]) -> tuple[BronzeTable, ...]:
    """The tables to which a range means nothing: a snapshot is all of a table, and each run reads it."""
    return tuple(table for table in tables if table.mode == "snapshot")


def _moment(option: str, written: str) -> datetime:
    text = written.strip()
    problem = f"{written!r} is no date and no moment; write 2026-01-31 or 2026-01-31T18:00:00Z (UTC)"
    if not _WRITTEN.match(text):
        raise InvalidField(Location(option), problem)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidField(Location(option), f"{problem}: {error}") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
