"""The cheapest audit: what was committed is as many rows as were meant, from Iceberg's own summaries."""

from collections.abc import Sequence

from medallion.catalog.snapshot import Snapshot


def append_failures(commits: Sequence[Snapshot], rows: int) -> tuple[str, ...]:
    """Whether the commits of a branch added as many rows as were read."""
    added = sum(commit.added for commit in commits)
    return () if added == rows else (f"{added} rows were written instead of {rows}",)


def merge_failures(commits: Sequence[Snapshot], *, inserted: int, updated: int, deleted: int) -> tuple[str, ...]:
    """Whether a MERGE did to the table what was planned; a key that the table has twice shows here as an update too many."""
    planned = {"inserted": inserted, "updated": updated, "deleted": deleted}
    done = {name: sum(commit.merged.get(name, 0) for commit in commits) for name in planned}
    return tuple(f"{done[name]} rows were {name} instead of {planned[name]}" for name in planned if done[name] != planned[name])
