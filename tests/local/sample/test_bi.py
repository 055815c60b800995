"""What `docs/bi.md` promises: a persona finds its saved queries and no others, and the dashboard's panels have what they draw."""

import ast
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from medallion.manifest.compiler import compile_lake
from medallion.manifest.compiler.saved_queries import SavedQuery, saved_queries
from medallion.manifest.configuration import load_environment
from tests.local.lake import ROOT, Lake
from tests.local.page import Block, Reader, blocks, clients, lake_command, shell_environment

GROCER = ROOT / "lakes" / "grocer"
READER, DATABASE = "bi_reader", "local_gold"
PAGE = [block for block in blocks("bi.md") if block.runs]


def panels() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """The panels of the dashboard, without Streamlit, which is not installed here."""
    for statement in ast.parse((GROCER / "bi" / "sales.py").read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "PANELS":
            return list(ast.literal_eval(statement.value))
    raise AssertionError("bi/sales.py has no PANELS")


def queries() -> tuple[SavedQuery, ...]:
    return saved_queries(GROCER, load_environment(GROCER, "local"), compile_lake(GROCER))


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel[0])
def test_a_panel_of_the_dashboard_has_what_it_draws(lake: Lake, panel: tuple[str, str, str, tuple[str, ...]]) -> None:
    name, kind, below, drawn = panel
    rows = lake.saved(name, READER)
    assert kind in {"line", "bar", "table"}
    assert {below, *drawn} <= rows[0].keys()
    # What is drawn is a number in each row, and what is below it is there once.
    assert all(float(row[column]) >= 0 for row in rows for column in drawn)
    assert len({row[below] for row in rows}) == len(rows)


def test_the_months_add_up_to_what_the_table_has(lake: Lake) -> None:
    months = lake.saved("Sales by month", READER)
    whole = lake.one(f"SELECT CAST(sum(net_sales) * 100 AS bigint) AS cents FROM {DATABASE}.daily_department_sales")
    assert sum(round(float(row["net_sales"]) * 100) for row in months) == whole["cents"]


@pytest.mark.full_size
@pytest.mark.parametrize(
    ("persona", "name"),
    [pytest.param(persona, query.name, id=f"{persona}: {query.name}") for query in queries() for persona in query.personas],
)
def test_whoever_has_a_query_may_ask_it(lake: Lake, persona: str, name: str) -> None:
    assert lake.saved(name, persona)


def test_a_persona_finds_its_queries_and_is_told_of_no_others(lake: Lake) -> None:
    root, reader = lake.client("athena"), lake.as_persona(READER, "athena")
    listed = {
        persona: [
            root.get_named_query(NamedQueryId=identifier)["NamedQuery"]["Name"]
            for identifier in root.list_named_queries(WorkGroup=workgroup)["NamedQueryIds"]
        ]
        for persona, workgroup in ((READER, "local-bi-reader"), ("data_engineer", "local-data-engineer"))
    }
    assert {persona: sorted(names) for persona, names in listed.items()} == {
        persona: sorted(query.name for query in queries() if persona in query.personas) for persona in listed
    }
    assert "Households by age group" in listed["data_engineer"]
    assert "Households by age group" not in listed[READER]
    others = root.list_named_queries(WorkGroup="local-data-engineer")["NamedQueryIds"]
    with pytest.raises(ClientError, match=r"AccessDenied.*athena:ListNamedQueries.*workgroup/local-data-engineer"):
        reader.list_named_queries(WorkGroup="local-data-engineer")
    with pytest.raises(ClientError, match=r"AccessDenied.*athena:GetNamedQuery.*workgroup/local-data-engineer"):
        reader.get_named_query(NamedQueryId=others[0])
    with pytest.raises(ClientError, match=r"AccessDenied.*athena:BatchGetNamedQuery.*workgroup/local-data-engineer"):
        reader.batch_get_named_query(NamedQueryIds=others)


@pytest.fixture(scope="module")
def reader(seeded: Lake) -> Iterator[Reader]:
    """One who reads the page in a home of their own, with `lake` on the path."""
    folder = Path(tempfile.mkdtemp(prefix="reader-"))
    lake_command(folder, ROOT)
    variables: dict[str, Any] = {"HOME": folder, "LAKE_HOME": seeded.home, "LAKE_PORT": seeded.port}
    yield Reader(folder, shell_environment(folder, clients(), **{name: str(value) for name, value in variables.items()}))
    shutil.rmtree(folder)


@pytest.mark.parametrize("block", PAGE, ids=lambda block: f"{block.heading}, line {block.line}")
def test_the_page_works_as_it_says(lake: Lake, reader: Reader, block: Block) -> None:
    """In order: the profile that the first block makes is what the others ask with."""
    printed = reader.follow(block)
    if block.language == "python":
        best = lake.saved("Departments by sales", READER)[0]
        assert str(best["department"]) in printed
        assert str(best["net_sales"]) in printed
