"""The names of what the lake itself looks at in rows and tables; a contract's own rule has none of them."""

from collections.abc import Iterable

# Of a row that says that what it came from was refused before it reached bronze.
ANSWER_REFUSED = "answer.refused"
TYPE = ".type"
REQUIRED = ".required"
REFERENCE = ".reference"
UNIQUE = ".unique"
_ENDINGS = (REFERENCE, REQUIRED, TYPE, UNIQUE)


def type_rule(column: str) -> str:
    """The name of the rule that a column's value can be made."""
    return column + TYPE


def required_rule(column: str) -> str:
    """The name of the rule that a column's value is there."""
    return column + REQUIRED


def reference_rule(columns: Iterable[str]) -> str:
    """The name of the rule that the values of a reference are there."""
    return "_".join(columns) + REFERENCE


def unique_rule(columns: Iterable[str]) -> str:
    """The name of the rule that no two rows have the same values."""
    return ", ".join(columns) + UNIQUE


def reserved_rule(name: str) -> str:
    """Why a contract's rule can't be called so; empty where it can."""
    if name != ANSWER_REFUSED and not name.endswith(_ENDINGS):
        return ""
    endings = ", ".join(_ENDINGS[:-1])
    return f"the lake looks at {ANSWER_REFUSED}, and at what ends with {endings} or {_ENDINGS[-1]}, itself; give the rule another name"


__all__ = [
    "ANSWER_REFUSED",
    "REFERENCE",
    "REQUIRED",
    "UNIQUE",
    "reference_rule",
    "required_rule",
    "reserved_rule",
    "type_rule",
    "unique_rule",
]
