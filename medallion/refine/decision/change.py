"""What a batch does to a silver table, decided once its rows were made and counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from medallion.manifest.errors import Terminal
from medallion.manifest.model import Severity, SilverTable
from medallion.quality.check import Check
from medallion.refine.decision.plan import Batch, Plan

Disposition = Literal["merged", "superseded", "stale", "unchanged", "quarantined"]
DISPOSITIONS: tuple[Disposition, ...] = ("merged", "superseded", "stale", "unchanged", "quarantined")


class Unaccounted(Terminal):
    """The dispositions do not add up to the rows that were read: a fault of this package, not of the data."""

    def __init__(self, table: str, read: int, counts: Mapping[str, int]) -> None:
        super().__init__(
            f"{table}: {read} rows were read and {sum(counts.values())} are accounted for ({dict(counts)}); nothing was published"
        )


class TooManyDeleted(Terminal):
    """So many of the table's keys are gone from the source that something is wrong with it."""

    def __init__(self, contract: SilverTable, table: str, bronze: str, deleted: int, rows: int) -> None:
        way_out = "an empty source is never believed" if deleted == rows else f"raise maximumDeletedShare in {contract.contract}"
        super().__init__(
            f"{table}: what is new in {bronze} would delete {deleted} of {rows} keys, more than {contract.maximum_deleted_share:.0%}; "
            f"nothing was published. Look at the source; if the rows are really gone: {way_out}"
        )


@dataclass(frozen=True)
class Merged:
    """What a MERGE needs to know of its rows.

    Attributes:
        inserted: How many of them have a key that the table lacks.
        warned: How many break a rule that only warns.
        ranges: Per column of the key and the partition, the least and the greatest value that a row has or had, as text.
    """

    inserted: int = 0
    warned: int = 0
    ranges: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Counted:
    """What is counted of a batch.

    Attributes:
        dispositions: Rows of each; not of those that say that a row of the table is deleted.
        deleted: Rows of the table that rows of the batch say are deleted.
        merged: What the MERGE needs to know.
        failed: Rows that break each rule.
        refused_again: Rows that came out of quarantine and go back there.
    """

    dispositions: Mapping[str, int]
    deleted: int = 0
    merged: Merged = field(default_factory=Merged)
    failed: Mapping[str, int] = field(default_factory=dict)
    refused_again: int = 0


@dataclass(frozen=True)
class Append:
    """Rows are written to an empty table.

    Attributes:
        rows: How many.
    """

    rows: int


@dataclass(frozen=True)
class Merge:
    """Rows are merged into a table.

    Attributes:
        inserted: How many have a key that the table lacks.
        updated: How many replace one of the table's.
        deleted: How many of the table's are removed.
    """

    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True)
class Change:
    """What a batch does to the table and to its quarantine.

    Attributes:
        rows: What is reported: how many rows went which way.
        checks: What the rules found in the rows.
        write: How the table is written; None where no row of it changes.
        refused: How many rows go to quarantine in place of what a killed attempt left there; None where it stays as it is.
        settled: How many rows that were refused before are refused no more; None where none was tried again.
    """

    rows: Mapping[str, int]
    checks: tuple[Check, ...]
    write: Append | Merge | None
    refused: int | None
    settled: int | None


def changed(table: str, plan: Plan, batch: Batch, counted: Counted, deleted: int, severities: Mapping[str, Severity]) -> Change:
    """What becomes of a batch.

    Args:
        table: The table's full name.
        plan: What was decided before.
        batch: What is known of the batch.
        counted: What was counted of its rows.
        deleted: How many rows of the table are gone.
        severities: All rules that were looked at.

    Raises:
        Unaccounted: Some row went nowhere, or two ways.
    """
    rows = accounted(table, batch.read - counted.deleted, counted.dispositions)
    checks = tuple(
        Check(rule=name, severity=severity, checked=rows["read"], failed=counted.failed[name]) for name, severity in severities.items()
    )
    write: Append | Merge | None = None
    if rows["merged"] or deleted:
        inserted = counted.merged.inserted
        write = Append(rows["merged"]) if plan.compared is None else Merge(inserted, rows["merged"] - inserted, deleted)
    refused = rows["quarantined"] - counted.refused_again
    if plan.deletions is not None:
        rows["deleted"] = deleted
    if counted.merged.warned:
        rows["warned"] = counted.merged.warned
    if plan.retries:
        rows["retried"] = batch.retried
    return Change(
        rows=rows,
        checks=checks,
        write=write,
        refused=refused if plan.refuses else None,
        settled=batch.retried - counted.refused_again if plan.retries else None,
    )


def accounted(table: str, read: int, counts: Mapping[str, int]) -> dict[str, int]:
    """The counts of all dispositions, zeros included.

    Raises:
        Unaccounted: They are not as many as were read.
    """
    full: dict[str, int] = {name: counts.get(name, 0) for name in DISPOSITIONS}
    if sum(counts.values()) != read or set(counts) - set(DISPOSITIONS):
        raise Unaccounted(table, read, counts)
    return {"read": read, **full}


def believe(deleted: int, live: int, contract: SilverTable, table: str, bronze: str) -> None:
    """That no more of a table's rows are gone than its contract takes for true.

    Args:
        deleted: How many are gone.
        live: How many there are.
        contract: The table.
        table: Its full name.
        bronze: The full name of its input.

    Raises:
        TooManyDeleted: More are gone.
    """
    if deleted > contract.maximum_deleted_share * live:
        raise TooManyDeleted(contract, table, bronze, deleted, live)
