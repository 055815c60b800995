"""Partitions as SQL: what tells them apart in a gold table, and which rows of the input they are made from."""

import pytest

from medallion.aggregate.inputs import same_rows
from medallion.aggregate.partitions import Partitions, bounds
from medallion.catalog.snapshot import Snapshot
from medallion.manifest.model import Column, Follows, GoldTable

TABLE = GoldTable(
    product="p",
    name="g",
    contract="c.yaml",
    version="1",
    columns=(Column(name="day", type="date"), Column(name="at", type="timestamp"), Column(name="shop", type="string")),
    inputs=("sales",),
    sql="…",
)


def table(column: str, transform: str, expression: str) -> GoldTable:
    follow = Follows.model_validate({"column": column, "transform": transform, "input": "sales", "expression": expression})
    return TABLE.model_copy(update={"follows": (*TABLE.follows, follow)})


@pytest.mark.parametrize(
    ("made", "found", "in_table", "in_input"),
    [
        pytest.param(
            table("day", "months", "to_date(t)"),
            [("2026-03-01", "2026-04-01")],
            "(`day` >= CAST('2026-03-01' AS date) AND `day` < CAST('2026-04-01' AS date))",
            "(CAST((to_date(t)) AS date) >= CAST('2026-03-01' AS date) AND CAST((to_date(t)) AS date) < CAST('2026-04-01' AS date))",
            id="a period",
        ),
        pytest.param(
            table("day", "days", "d"),
            [("2026-03-01",)],
            "(`day` = CAST('2026-03-01' AS date))",
            "(CAST((d) AS date) = CAST('2026-03-01' AS date))",
            id="a day",
        ),
        pytest.param(table("at", "days", "t"), [(None, None)], "(`at` IS NULL)", "(CAST((t) AS timestamp) IS NULL)", id="no value"),
        pytest.param(
            table("shop", "identity", "s"),
            [("b",), ("O'Hara",)],
            "(`shop` = CAST('O\\'Hara' AS string)) OR (`shop` = CAST('b' AS string))",
            "(CAST((s) AS string) = CAST('O\\'Hara' AS string)) OR (CAST((s) AS string) = CAST('b' AS string))",
            id="values",
        ),
        pytest.param(table("shop", "identity", "s"), [], "false", "false", id="none"),
    ],
)
def test_partitions_are_told_apart(made: GoldTable, found: list[tuple[str | None, ...]], in_table: str, in_input: str) -> None:
    partitions = Partitions(made, found)
    assert (partitions.in_table, partitions.in_input) == (in_table, in_input)


def test_a_row_tells_its_partitions_as_text() -> None:
    assert bounds(table("at", "years", "t")) == (
        "CAST(date_trunc('YEAR', CAST((t) AS timestamp)) AS STRING)",
        "CAST(date_trunc('YEAR', CAST((t) AS timestamp)) + INTERVAL '1' YEAR AS STRING)",
    )
    assert bounds(table("shop", "identity", "s")) == ("CAST(CAST((s) AS string) AS STRING)",)


def snapshot(id: int, operation: str = "append") -> Snapshot:
    return Snapshot(id=id, operation=operation, added=1, records=1, committed_millis=id, parent=id - 1)


@pytest.mark.parametrize(
    ("history", "same"),
    [
        pytest.param([snapshot(3), snapshot(2)], True, id="nothing came"),
        pytest.param([snapshot(4, "replace"), snapshot(3)], True, id="compaction came"),
        pytest.param([snapshot(4, "replace")], True, id="compaction came and it expired"),
        pytest.param([snapshot(4), snapshot(3)], False, id="rows came"),
        pytest.param([snapshot(5, "replace"), snapshot(4, "overwrite"), snapshot(3)], False, id="rows and compaction came"),
        pytest.param([snapshot(5, "replace")], False, id="what came has expired"),
    ],
)
def test_compaction_is_no_change(history: list[Snapshot], same: bool) -> None:
    assert same_rows(history, 3) == same
