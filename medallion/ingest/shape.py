"""Whether a source's table still is what its contract says."""

import re
from collections.abc import Mapping

from medallion.manifest.errors import Terminal
from medallion.manifest.model import BronzeTable

# What a value of one type can be stored as without loss: the source may be narrower than the contract.
_WIDER = {
    "tinyint": ("smallint", "int", "bigint"),
    "smallint": ("int", "bigint"),
    "int": ("bigint",),
    "float": ("double",),
}
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")


class SourceChanged(Terminal):
    """The source's table lacks a column of the contract, or has it with another type."""

    def __init__(self, table: BronzeTable, at_source: str, problems: tuple[str, ...]) -> None:
        super().__init__(
            f"{table.contract}: {at_source} has changed at the source: {'; '.join(problems)}; "
            "change the contract to what the source has now (a new column is added, another type needs a table `_v2`)"
        )


def fits(source: str, contract: str) -> bool:
    """Whether every value of the source's type is one of the contract's type."""
    if source == contract or contract in _WIDER.get(source, ()):
        return True
    narrow, wide = _DECIMAL.fullmatch(source), _DECIMAL.fullmatch(contract.replace(" ", ""))
    if narrow and wide:
        precision, scale = int(narrow[1]), int(narrow[2])
        return int(wide[2]) >= scale and int(wide[1]) - int(wide[2]) >= precision - scale
    return False


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
