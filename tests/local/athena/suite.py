"""Statements with the answers that Athena's and Trino's documentation give, by area: `statements/*.yaml`.

A file has `values`, expressions with the text of their value, and `statements`:

- `sql`: what is asked; `before` and `after` are asked around it,
- `columns`, `types`: the names and Athena's types of the result's columns,
- `rows`: its rows, null for null; their order counts,
- `holds`: text that its only column has,
- `fails`: how the reason begins if it fails.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent / "statements"
# Of the one table that has a history.
ABOUT_A_TABLE = frozenset({"clients", "history"})


@dataclass(frozen=True)
class Answered:
    """What a statement gave.

    Attributes:
        columns: Name and type of each column.
        rows: Values as GetQueryResults has them, without the header.
    """

    columns: list[tuple[str, str]]
    rows: list[list[str | None]]


class Refused(Exception):
    """A statement that was refused or failed; its text is the reason."""


type Ask = Callable[[str], Answered]


@dataclass(frozen=True)
class Case:
    """A statement and what must come of it."""

    area: str
    sql: str
    expected: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Area and statement, on one line."""
        return f"{self.area}: {' '.join(self.sql.split())}"


def cases(*, history: bool = False) -> Iterator[Case]:
    """All cases without tables, or those of the one table that has a history."""
    for file in sorted(FOLDER.glob("*.yaml")):
        if (file.stem in ABOUT_A_TABLE) != history:
            continue
        told = yaml.safe_load(file.read_text())
        for expression, value in told.get("values", {}).items():
            yield Case(file.stem, f"SELECT {expression}", {"rows": [[value]]})
        for statement in told["statements"]:
            yield Case(file.stem, statement["sql"], statement)


def check(case: Case, ask: Ask, names: Mapping[str, str] | None = None) -> None:
    """Asks a case's statement and compares.

    Args:
        case: The case.
        ask: Asks one statement; raises Refused.
        names: What stands for `{name}` in its text.
    """
    for statement in case.expected.get("before", []):
        ask(_filled(statement, names or {}))
    try:
        _compare(case, ask, _filled(case.sql, names or {}))
    finally:
        for statement in case.expected.get("after", []):
            ask(_filled(statement, names or {}))


def _filled(sql: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        sql = sql.replace("{" + name + "}", value)
    return sql


def _compare(case: Case, ask: Ask, sql: str) -> None:
    expected = case.expected
    if "fails" in expected:
        with pytest.raises(Refused) as refused:
            ask(sql)
        assert str(refused.value).startswith(expected["fails"])
        return
    answered = ask(sql)
    if "columns" in expected:
        assert [name for name, _ in answered.columns] == expected["columns"]
    if "types" in expected:
        assert [kind for _, kind in answered.columns] == expected["types"]
    if "rows" in expected:
        assert answered.rows == expected["rows"]
    if "holds" in expected:
        assert expected["holds"] in "\n".join(str(row[0]) for row in answered.rows)
