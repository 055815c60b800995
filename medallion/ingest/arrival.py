"""When rows reach bronze, whatever engine they come from."""

from datetime import UTC, datetime, timedelta

from medallion.catalog.snapshot import Snapshot


def ingested_at(base: Snapshot | None, now: datetime) -> datetime:
    """When rows reach bronze: later than all rows before them, even if the clock was set back between runs."""
    if base is None:
        return now
    return max(now, datetime.fromtimestamp(base.committed_millis / 1000, UTC) + timedelta(milliseconds=1))
