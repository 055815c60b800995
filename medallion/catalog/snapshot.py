"""A commit of a table, as Iceberg's own summary tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Snapshot:
    """One commit of a table.

    Attributes:
        id: Iceberg's snapshot id.
        operation: `append`, `overwrite`, `delete` or `replace`.
        added: Rows in the data files that it added.
        records: Rows in the table's data files after it, rows among them that a delete file marks included: 0 is surely empty, more is
            perhaps. Marks can't be taken off, as compaction leaves some that mark nothing any more.
        committed_millis: When, in milliseconds since 1970 UTC.
        merged: What a MERGE says that it did to rows of the table: `inserted`, `updated`, `deleted`; empty for other commits.
        parent: The snapshot before it, which may have expired; None for the first.
    """

    id: int
    operation: str
    added: int
    records: int
    committed_millis: int
    merged: Mapping[str, int] = field(default_factory=dict)
    parent: int | None = None


def is_empty(newest: Snapshot | None) -> bool:
    """Whether a table surely has no row.

    Args:
        newest: Its newest snapshot; None where it was never written.
    """
    return newest is None or newest.records == 0
