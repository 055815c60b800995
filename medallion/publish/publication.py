"""Publishing: rows on a branch, the audit of the branch, then one commit of data and state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from medallion.catalog.snapshot import Snapshot
from medallion.manifest.errors import Terminal
from medallion.publish.branch import attempt_branch, refused_branch
from medallion.publish.state import State
from medallion.publish.table import LakeTable, MainMoved, Metadata
from medallion.quality.check import Check

ATTEMPTS = 3

type Audit = Callable[[str, tuple[Snapshot, ...]], tuple[str, ...]]


class AuditFailed(Terminal):
    """What was written is not what the contract promises; main is as it was."""

    def __init__(self, table: LakeTable, branch: str, failures: tuple[str, ...], checks: tuple[Check, ...] = ()) -> None:
        super().__init__(
            f"{table.full_name}: the audit failed: {'; '.join(failures)}; the refused rows are in branch {branch}: "
            f"SELECT * FROM {table.identifier}.branch_{branch}; publish them as they are with `lake runs accept {table.name} --reason …`"
        )
        self.branch = branch
        self.failures = failures
        self.checks = checks


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
        checks: What the rules found; asked after the audit.
        after: Called once all is committed; a run that dies before must do it in its next attempt.
        close: Called when the attempt is over, whatever came of it.
    """

    result: Callable[[], Result]
    write: Callable[[str], None] | None = None
    audit: Audit = field(default=lambda _branch, _commits: ())
    checks: Callable[[], tuple[Check, ...]] = field(default=lambda: ())
    after: Callable[[], None] = field(default=lambda: None)
    close: Callable[[], object] = field(default=lambda: None)


@dataclass(frozen=True)
class Published:
    """What became of a table in a run.

    Attributes:
        outcome: Whether anything was committed.
        rows: How many rows went which way.
        inputs: The snapshot used of each input table.
        checks: What the rules found.
    """

    outcome: Literal["published", "unchanged"]
    rows: Mapping[str, int]
    inputs: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()


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
            made.after()
            return Published("published", result.rows, result.state.inputs, made.checks())
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
        written.refuse(branch, refused, draft.result().state)
        raise AuditFailed(table, refused, failures, draft.checks())
    result = draft.result()
    written.publish(branch, result.state)
    return result
