"""Which part of a bronze table a run has not used yet, from its history alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from medallion.catalog.snapshot import Snapshot


@dataclass(frozen=True)
class Increment:
    """A range of bronze snapshots.

    Attributes:
        after: The last snapshot that was used, exclusive; None reads the whole table.
        until: The newest snapshot, inclusive.
        lost: The last used snapshot was expired: what is new is known by `_ingested_at` instead.
        ends_empty: The newest append has no rows: the source was empty.
    """

    after: int | None
    until: int
    lost: bool = False
    ends_empty: bool = False


def increment(history: Iterable[Snapshot], used: int | None) -> Increment | None:
    """What is new in a table.

    Args:
        history: Its snapshots, newest first, as far as they were not expired.
        used: The last snapshot that was used; None where none was.

    Returns:
        The range, or None where nothing was appended: compaction rewrites files and adds no row.
    """
    newer: list[Snapshot] = []
    for snapshot in history:
        if snapshot.id == used:
            appends = [one for one in newer if one.operation == "append"]
            return Increment(used, newer[0].id, ends_empty=appends[0].added == 0) if appends else None
        newer.append(snapshot)
    if not newer:
        return None
    newest = next((one for one in newer if one.operation == "append"), None)
    return Increment(None, newer[0].id, lost=used is not None, ends_empty=newest is not None and newest.added == 0)
