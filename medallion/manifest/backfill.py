"""A range of time that a run reads again at the source, whatever was read of it before."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from medallion.manifest.engines.registry import way_of
from medallion.manifest.errors import InvalidField, Location, Terminal
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import BronzeTable

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$")
# As databases order numbers: they say nothing about time.
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


def without_range(tables: Iterable[BronzeTable]) -> dict[str, str]:
    """The tables to which a range means nothing, and why: each run reads all that there is to know of them.

    Windows of exports follow each other without a gap, so that nothing is ever missed; and silver takes a later window for the newer
    one, so that an image of the past would undo what came after it.
    """
    return {table.name: way.no_range for table in tables if (way := way_of(table.mode)).no_range}


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
