"""How a batch becomes rows of a silver table, decided before its rows are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medallion.catalog.increment import Increment
from medallion.catalog.snapshot import Snapshot, is_empty
from medallion.publish.state import State
from medallion.refine.decision.reading import Reading

# How it is known which rows of the table are gone: a complete read lacks their keys, or rows of the batch say so.
Deletions = Literal["absent", "told"]


@dataclass(frozen=True)
class Start:
    """What a run knows before it reads a row.

    Attributes:
        reading: How the input is read.
        before: What the last run left; None before the first.
        head: The table's newest snapshot; None where it was never written.
        new: What the input has that no run has used; None where nothing is new.
        retries: Whether refused rows are tried again.
    """

    reading: Reading
    before: State | None
    head: Snapshot | None
    new: Increment | None
    retries: bool = False

    @property
    def watermark(self) -> str | None:
        """`_ingested_at` of the last input rows that were used; None where none were."""
        return self.before.watermark if self.before is not None else None

    @property
    def compared(self) -> int | None:
        """The snapshot of the table that the batch is compared with; None where the table is surely empty."""
        return None if self.head is None or is_empty(self.head) else self.head.id

    @property
    def emptied(self) -> bool:
        """Whether the newest read would leave no row of a table that may have some."""
        return self.reading.complete and self.new is not None and self.new.ends_empty and self.compared is not None


@dataclass(frozen=True)
class Batch:
    """What there is to know of a batch before its rows are made.

    Attributes:
        read: How many rows it has.
        newest: `_ingested_at` of the newest of those that are new; None where all were refused before.
        retried: How many were refused before and are tried again.
        low: The least value of the key's first column; None where that is not known.
        high: The greatest.
    """

    read: int
    newest: str | None
    retried: int = 0
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class Plan:
    """How a batch becomes rows of the table.

    Attributes:
        state: What the table will remember.
        compared: The snapshot that the batch is compared with; None where the table is surely empty.
        complete_at: Of a complete read, `_ingested_at` of the newest one: a key that it lacks is gone; None for other ways to read.
        deletions: How it is known which rows of the table are gone; None where nothing says so.
        refuses: Whether refused rows go to quarantine; those that are tried again are there already.
        retries: Whether some of the rows were refused before.
    """

    state: State
    compared: int | None
    complete_at: str | None
    deletions: Deletions | None
    refuses: bool
    retries: bool

    def keeps(self, *, repeated: bool) -> bool:
        """Whether the rows are kept once they are made.

        Else no row moves and nothing is compared: making them twice, to count and to write them, is cheaper.

        Args:
            repeated: Whether a key may have several rows.
        """
        return repeated or self.compared is not None or self.retries


def planned(start: Start, batch: Batch, *, input: str, run_id: str, release: str, contract_version: str) -> Plan | None:
    """What to do with a batch; None where it has no row.

    Args:
        start: What was known before it was read.
        batch: What is known of it.
        input: The full name of the table that it was read from.
        run_id: The run.
        release: The release that the job is of.
        contract_version: The contract's own version.
    """
    if batch.read == 0:
        return None
    used = {input: start.new.until} if start.new is not None else start.before.inputs if start.before is not None else {}
    state = State(run_id=run_id, release=release, contract_version=contract_version, inputs=used, watermark=batch.newest or start.watermark)
    return Plan(
        state=state,
        compared=start.compared,
        complete_at=state.watermark if start.reading.complete else None,
        deletions=_deletions(start, batch),
        refuses=batch.newest is not None,
        retries=start.retries,
    )


def _deletions(start: Start, batch: Batch) -> Deletions | None:
    if start.reading.images:
        return "told"
    return "absent" if start.reading.complete and start.compared is not None and batch.newest is not None else None


def is_due(targets: Mapping[str, int], tried: Mapping[str, int]) -> bool:
    """Whether a referenced table has changed since references were last looked up.

    Args:
        targets: Full name to newest snapshot of each referenced table.
        tried: The same as of the last look, other tables among them.
    """
    return any(tried.get(table) != snapshot for table, snapshot in targets.items())
