"""Whether a table can be read by what changed since the last run."""

import re

from medallion.manifest.drafting.naming import own_name
from medallion.manifest.engines.postgres.observed import ObservedTable
from medallion.manifest.engines.postgres.reading import Reading

_NAME = re.compile(
    r"(?:row_|record_)?(?:(?:last_)?(?:updated?|modified|modification|changed?)(?:_(?:at|on|time|timestamp|date|ts|utc))?|last_(?:update|change))"
)
_TIMES = ("timestamp", "timestamp_ntz")


def watermark(table: ObservedTable, readings: dict[str, Reading]) -> tuple[str | None, str]:
    """The column that grows with every change, and what to say of it; None where a snapshot is the safe way.

    Args:
        table: What the source has.
        readings: How its columns are read, by name.
    """
    likely = [
        column
        for column in table.columns
        if column.name in readings and readings[column.name].spark in _TIMES and _NAME.fullmatch(own_name(column.name, "c") or "")
    ]
    if not likely or not table.key:
        return None, ""
    safe = [column.name for column in likely if column.required and column.name in table.indexed]
    if safe:
        return safe[0], (
            f"Incremental, because {safe[0]} is indexed and never null. Such a read sees no deleted rows, and no change that leaves "
            f"{safe[0]} as it was: say snapshot if there are any."
        )
    lacking = "may be null" if not likely[0].required else "is the beginning of no index"
    return None, f"A snapshot, because {likely[0].name} {lacking}; else it could be the watermark of an incremental read."


__all__ = ["watermark"]
