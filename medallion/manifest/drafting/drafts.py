"""What drafting contracts of a source's tables comes to, whatever its engine."""

from medallion.manifest.frozen import Frozen


class Unreadable(ValueError):
    """A column that stays at the source; the text says why."""


class Left(Frozen):
    """Something that is not drafted.

    Attributes:
        table: As the source has it.
        column: None where it is the whole table.
        reason: Why, and what can be done.
    """

    table: str
    column: str | None
    reason: str


class DraftedTable(Frozen):
    """A table's contracts.

    Attributes:
        table: As the source has it.
        name: As the lake calls it.
        files: Path relative to the lake, and text.
        mode: How it is read.
        key: The source's columns.
        restricted: The silver columns that a person's eyes should look at first.
        renamed: Pairs of the source's name and the lake's, where they differ.
        notes: What a person should know.
    """

    table: str
    name: str
    files: tuple[tuple[str, str], ...]
    mode: str
    key: tuple[str, ...]
    restricted: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class Sampled(Frozen):
    """What looking at the items of a DynamoDB table took.

    Attributes:
        table: As the source has it.
        items: How many were looked at.
        whole: Whether these are all that there are.
        read_units: DynamoDB's read units, which are paid for.
    """

    table: str
    items: int
    whole: bool
    read_units: float


class Drafts(Frozen):
    """What became of the tables that were asked for.

    Attributes:
        tables: Drafted.
        existing: Those that have a contract already: the source's name and the contract's file.
        left: What could not be drafted.
        sampled: What was looked at of items.
    """

    tables: tuple[DraftedTable, ...] = ()
    existing: tuple[tuple[str, str], ...] = ()
    left: tuple[Left, ...] = ()
    sampled: tuple[Sampled, ...] = ()
