"""DynamoDB's clock on the laptop: the machine's, put forward as far as a file says, so that days of exports pass in a test."""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """A clock that any process of the laptop may put forward; it moves DynamoDB's time of writing and its limits, nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """The moment, in UTC."""
        return datetime.now(UTC) + self.ahead

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the machine's."""
        return timedelta(seconds=float(self._path.read_text())) if self._path.exists() else timedelta()

    def advance(self, by: timedelta) -> None:
        """Puts it forward; never back, as what was written would lie in the future.

        Raises:
            ValueError: The time is negative.
        """
        if by < timedelta():
            raise ValueError(f"the clock can't be put back by {-by}")
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str((self.ahead + by).total_seconds()))
        fresh.replace(self._path)
