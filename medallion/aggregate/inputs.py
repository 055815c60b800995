"""The inputs of a gold table, each at one snapshot, and what they were when the table was last made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from medallion.catalog.snapshot import Snapshot
from medallion.publish.table import LakeTable, Metadata


@dataclass(frozen=True)
class Pinned:
    """An input as a run reads it.

    Attributes:
        table: The table.
        metadata: As it was looked at.
        head: The snapshot to read; None where the table was never written.
    """

    table: LakeTable
    metadata: Metadata
    head: Snapshot | None

    @classmethod
    def now(cls, table: LakeTable) -> "Pinned":
        """The table as it is."""
        metadata = table.metadata()
        return cls(table, metadata, metadata.head())

    def unchanged_since(self, snapshot: int | None) -> bool:
        """Whether it has the rows that it had at a snapshot; None stands for no snapshot."""
        if self.head is None or snapshot is None:
            return self.head is None and snapshot is None
        return same_rows(self.metadata.history(), snapshot)

    def readable(self, snapshot: int) -> int | None:
        """The snapshot, or one with the same rows where it has expired; None where there is none."""
        # One that was undone is in no history, and can be read as long as it has not expired.
        if self.metadata.has(snapshot):
            return snapshot
        return next((one.id for one in self.metadata.history() if one.parent == snapshot and one.operation == "replace"), None)


def pinned_ids(inputs: Iterable[Pinned]) -> Mapping[str, int]:
    """Full name to snapshot of each input that has one."""
    return {one.table.full_name: one.head.id for one in inputs if one.head is not None}


def same_rows(history: Iterable[Snapshot], snapshot: int) -> bool:
    """Whether nothing but compaction, which changes no row, came after a snapshot.

    Args:
        history: Newest first, as far as it has not expired.
        snapshot: It may have expired.
    """
    for one in history:
        if one.id == snapshot:
            return True
        if one.operation != "replace":
            return False
        if one.parent == snapshot:
            return True
    return False
