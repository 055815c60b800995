"""The cheapest audit: a commit holds as many rows as were meant to be written."""

from medallion.publish.table import Snapshot


def count_failures(base: Snapshot | None, head: Snapshot, *, inserted: int, deleted: int = 0) -> tuple[str, ...]:
    """Compares the rows of a branch with those of main, from metadata alone.

    Args:
        base: Main's newest snapshot when the branch was made; None for a table without rows.
        head: The branch's newest snapshot.
        inserted: Rows that the branch should have more.
        deleted: Rows that it should have less.

    Returns:
        One text if they disagree, else nothing.
    """
    before = base.total if base is not None else 0
    expected = before + inserted - deleted
    if head.total == expected:
        return ()
    return (f"the branch holds {head.total} rows instead of {expected} ({before} before, {inserted} inserted, {deleted} deleted)",)
