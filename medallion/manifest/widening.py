"""Which type holds the values of which other, for a source, a table or a contract that changes."""

import re

_WIDENINGS = {("int", "bigint"), ("float", "double")}
# Iceberg stores the small ones as int, so that they widen without a change of the table.
_STORED = {"tinyint": "int", "smallint": "int"}
_SMALL = ("tinyint", "smallint", "int")
# What a value of one type can be stored as without loss: the source may be narrower than the contract.
_WIDER = {
    "tinyint": ("smallint", "int", "bigint"),
    "smallint": ("int", "bigint"),
    "int": ("bigint",),
    "float": ("double",),
}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def fits(source: str, contract: str) -> bool:
    """Whether every value of the source's type is one of the contract's type."""
    if source == contract or contract in _WIDER.get(source, ()):
        return True
    narrow, wide = _DECIMAL.fullmatch(source), _DECIMAL.fullmatch(contract.replace(" ", ""))
    if narrow and wide:
        precision, scale = int(narrow[1]), int(narrow[2])
        return int(wide[2]) >= scale and int(wide[1]) - int(wide[2]) >= precision - scale
    return False


def widens(narrow: str, wide: str) -> bool:
    """Whether Iceberg can read every value of one type as another without rewriting a file."""
    if narrow == wide or (narrow, wide) in _WIDENINGS:
        return True
    before, after = _DECIMAL.fullmatch(narrow), _DECIMAL.fullmatch(wide)
    return bool(before and after and before[2] == after[2] and int(after[1]) >= int(before[1]))


def becomes(old: str, new: str) -> bool:
    """Whether a contract may change a column from one type to the other, every value of which it still holds."""
    old, new = old.replace(" ", ""), new.replace(" ", "")
    if old in _SMALL and new in _SMALL and _SMALL.index(new) < _SMALL.index(old):
        return False
    return widens(_STORED.get(old, old), _STORED.get(new, new))
