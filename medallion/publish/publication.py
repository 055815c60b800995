"""Publishing: rows on a branch, the audit of the branch, then one commit of data and state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from medallion.manifest.errors import Terminal
from medallion.publish.branch import attempt_branch, refused_branch
from medallion.publish.state import State
from medallion.publish.table import LakeTable, MainMoved, Metadata, Snapshot

ATTEMPTS = 3

type Audit = Callable[[str, tuple[Snapshot, ...]], tuple[str, ...]]


class AuditFailed(Terminal):
    """What was written is not what the contract promises; main is as it was."""

    def __init__(self, table: LakeTable, branch: str, failures: tuple[str, ...]) -> None:
        super().__init__(
            f"{table.full_name}: the audit failed: {'; '.join(failures)}; the refused rows are in branch {branch}: "
            f"SELECT * FROM {table.identifier}.branch_{branch}"
        )
        self.branch = branch
        self.failures = failures


@dataclass(frozen=True)
class Result:
    """What a draft comes to.

    Attributes:
        state: What the table shall remember.
        rows: What is reported: how many rows went which way.
    """

    state: State
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Draft:
    """What an attempt wants to publish, made from its input and the table as it is.

    Attributes:
        result: What it comes to; asked after the writing, which may have counted.
        write: Writes to the identifier of a branch; None where no row changes.
        audit: Failures of the branch, one text each, given its identifier and the commits that main lacks; empty if all is well.
        close: Called when the attempt is over, whatever came of it.
    """

    result: Callable[[], Result]
    write: Callable[[str], None] | None = None
    audit: Audit = field(default=lambda _branch, _commits: ())
    close: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True)
class Published:
    """What became of a table in a run.

    Attributes:
        outcome: Whether anything was committed.
        rows: How many rows went which way.
    """

    outcome: Literal["published", "unchanged"]
    rows: Mapping[str, int]


def unchanged(rows: Mapping[str, int] | None = None) -> Published:
    """Nothing was new and nothing was written."""
    return Published("unchanged", rows or {})


def publish(table: LakeTable, run_id: str, draft: Callable[[Metadata], Draft | None]) -> Published:
    """Publishes what a draft says, or nothing.

    Args:
        table: The table; nothing else writes it meanwhile but maintenance.
        run_id: Names the branch; a retry of the run drops what a killed attempt left.
        draft: Makes the draft from the table as it is now; asked again when main has moved meanwhile. None: nothing is new.

    Returns:
        What became of it; all of the data and the state are committed, or nothing is.

    Raises:
        AuditFailed: The branch breaks the contract; main and state are as before, the branch is kept.
        MainMoved: Another writer won in each attempt.
    """
    for attempt in range(1, ATTEMPTS + 1):
        metadata = table.metadata()
        made = draft(metadata)
        if made is None:
            return unchanged()
        try:
            result = _commit(table, metadata, attempt_branch(run_id), made)
        except MainMoved:
            if attempt == ATTEMPTS:
                raise
        else:
            return Published("published", result.rows)
        finally:
            made.close()
    raise AssertionError("unreachable")


def _commit(table: LakeTable, metadata: Metadata, branch: str, draft: Draft) -> Result:
    if draft.write is None:
        result = draft.result()
        metadata.publish(None, result.state)
        return result
    metadata.start_branch(branch)
    if table.metadata().head() != metadata.head():
        raise MainMoved(f"{table.full_name}: another writer committed while the rows were read")
    draft.write(table.on(branch))
    written = table.metadata()
    base = metadata.head()
    commits = tuple(takewhile(lambda snapshot: base is None or snapshot.id != base.id, written.history(branch)))
    failures = draft.audit(table.on(branch), commits)
    if failures:
        refused = refused_branch(branch)
        written.rename_branch(branch, refused)
        raise AuditFailed(table, refused, failures)
    result = draft.result()
    written.publish(branch, result.state)
    return result
