"""Whether a source's table still is what its contract says."""

from collections.abc import Mapping

from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable
from medallion.manifest.widening import fits


class SourceChanged(Terminal):
    """The source's table lacks a column of the contract, or has it with another type."""

    def __init__(self, table: BronzeTable, at_source: str, problems: tuple[str, ...]) -> None:
        super().__init__(
            f"{table.contract}: {at_source} has changed at the source: {'; '.join(problems)}; "
            "change the contract to what the source has now (a new column is added, another type needs a table `_v2`)"
        )


def missing(table: BronzeTable, present: Mapping[str, object]) -> tuple[str, ...]:
    """The contract's columns that the source lacks, one text each."""
    return tuple(f"no column {column.name!r}" for column in table.columns if column.name not in present)


def retyped(table: BronzeTable, types: Mapping[str, str]) -> tuple[str, ...]:
    """The columns whose type at the source doesn't fit the contract's, one text each."""
    return tuple(
        f"column {column.name!r} is {types[column.name]} instead of {column.type}"
        for column in table.columns
        if not fits(types[column.name], column.type)
    )
