"""What `queries/*.sql` may say, who gets a query, and what one is told who wrote something else."""

import json
from pathlib import Path

import pytest

from medallion.manifest.compiler.saved_queries import SavedQuery, saved_queries
from medallion.manifest.configuration import load_environment
from medallion.manifest.errors import Invalid
from tests.unit.manifest.contracts_on_disk import GOVERNED, Lake, with_personas

HEAD = "-- name: Turnover\n-- description: What customers spend.\n-- database: gold\n"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Of silver.orders the analyst sees id and changed_at, the engineer also total; customer and all else of gold but totals are restricted."""
    return with_personas(Lake(tmp_path / "acme"))


def read(lake: Lake, **files: str) -> tuple[SavedQuery, ...]:
    (lake.root / "queries").mkdir()
    for key, text in files.items():
        (lake.root / "queries" / f"{key}.sql").write_text(text)
    manifest = lake.compile()
    return saved_queries(lake.root, load_environment(lake.root, "dev"), manifest)


def problems(lake: Lake, **files: str) -> list[str]:
    with pytest.raises(Invalid) as raised:
        read(lake, **files)
    return [str(problem).replace(f"{lake.root}/queries/", "") for problem in raised.value.problems]


def readers(lake: Lake, sql: str, head: str = HEAD) -> tuple[str, ...]:
    (query,) = read(lake, turnover=head + sql)
    return query.personas


def test_a_lake_may_have_no_saved_queries(lake: Lake) -> None:
    assert saved_queries(lake.root, load_environment(lake.root, "dev"), lake.compile()) == ()


def test_a_query_is_what_its_file_says(lake: Lake) -> None:
    text = "-- name: Turnover\n-- description: What customers spend,\n--   all of them.\n-- database: gold\n-- personas: officer, analyst\n"
    sql = "SELECT sum(total) AS total -- of all\nFROM turnover\n"
    assert read(lake, turnover=text + sql) == (
        SavedQuery(
            key="turnover",
            name="Turnover",
            description="What customers spend, all of them.",
            database="gold",
            sql=sql.strip(),
            personas=("analyst", "officer"),
        ),
    )


def test_another_layers_tables_are_named_after_it_and_placed_in_the_environments_database(lake: Lake) -> None:
    sql = "WITH o AS (SELECT id FROM silver.orders)\nSELECT count(*), 'silver.orders' FROM turnover, o, \"silver\".orders AS s WHERE s.id = o.id;\n"
    (query,) = read(lake, both=HEAD + sql)
    assert query.sql == (
        "WITH o AS (SELECT id FROM dev_silver.orders)\n"
        "SELECT count(*), 'silver.orders' FROM turnover, o, dev_silver.orders AS s WHERE s.id = o.id"
    )


@pytest.mark.parametrize(
    ("sql", "personas"),
    [
        ("SELECT total FROM turnover", ("analyst", "engineer", "officer")),
        ("SELECT count(*) FROM turnover", ("analyst", "engineer", "officer")),
        ("SELECT total FROM turnover WHERE customer = 'x'", ("officer",)),
        ("SELECT * FROM turnover", ("officer",)),
        ("SELECT t.total FROM turnover AS t ORDER BY t.customer", ("officer",)),
        ("SELECT sum(x) FROM (SELECT total AS x FROM silver.orders)", ("engineer", "officer")),
        ("SELECT id FROM silver.orders o WHERE EXISTS (SELECT 1 FROM turnover AS t WHERE t.customer = o.customer)", ("officer",)),
        ("SELECT id FROM silver.orders UNION SELECT id FROM silver.orders__history", ("analyst", "engineer", "officer")),
        ("SELECT id FROM bronze.shop__orders", ("engineer", "officer")),
        ("SELECT error FROM ops.runs", ("officer",)),
        ("SELECT rule, measured FROM ops.quality_results", ("officer",)),
    ],
)
def test_a_query_is_for_those_who_see_all_that_it_reads(lake: Lake, sql: str, personas: tuple[str, ...]) -> None:
    assert readers(lake, sql) == personas


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        (
            "SELECT total FROM turnovers",
            "turnover.sql: line 4: there is no table 'turnovers' in gold; it has turnover; did you mean 'turnover'?",
        ),
        ("SELECT\n  totl\nFROM turnover", "turnover.sql: line 5, column 6: Column 'totl' could not be resolved"),
        (
            "SELECT 1 FROM dev_gold.turnover",
            "turnover.sql: line 4: 'dev_gold.turnover': name a table alone, or after its layer (bronze, silver,",
        ),
        ("SELECT (1 FROM turnover", "turnover.sql: line 4, column 14: does not parse: Expecting )"),
        ("SELECT 1; SELECT 2", "turnover.sql: must hold one SELECT"),
        ("DELETE FROM turnover", "turnover.sql: must hold one SELECT"),
        ("", "turnover.sql: must hold one SELECT"),
    ],
    ids=lambda value: value.partition(":")[0] if value.startswith("turnover.sql") else value or "nothing",
)
def test_what_is_not_there_is_told_with_its_line(lake: Lake, sql: str, problem: str) -> None:
    (told,) = problems(lake, turnover=HEAD + sql)
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        (HEAD.replace("gold", "golden"), "line 3: database: 'golden' is not one of bronze, gold, ops, silver; did you mean 'gold'?"),
        (HEAD + "-- persona: analyst\n", "line 4: 'persona' is not one of database, description, name, personas; did you mean 'personas'?"),
        (HEAD + "-- written by ann\n", "line 4: the head holds lines `-- field: text`; fields are name, description, database, personas"),
        (HEAD + "-- name: Again\n", "line 4: the field 'name' appears twice"),
        (
            HEAD + "-- personas: annalyst\n",
            "line 4: personas: 'annalyst' is not one of analyst, engineer, officer; did you mean 'analyst'?",
        ),
        (HEAD.replace("-- name: Turnover\n", ""), "name is missing; the file begins with lines such as `-- name: …`"),
        (HEAD.replace("Turnover", "T" * 129), "line 1: name: has at most 128 characters"),
    ],
    ids=["database", "field", "comment", "twice", "persona", "missing", "long"],
)
def test_a_wrong_head_is_told_with_what_would_be_right(lake: Lake, head: str, problem: str) -> None:
    assert problems(lake, turnover=f"{head}SELECT total FROM turnover") == [f"turnover.sql: {problem}"]


def test_who_is_named_must_see_what_it_reads(lake: Lake) -> None:
    told = problems(lake, turnover=f"{HEAD}-- personas: officer, analyst\nSELECT customer FROM turnover")
    assert told == ["turnover.sql: line 4: personas: analyst does not see gold.turnover.customer (restricted)"]


def test_a_query_that_nobody_may_ask_is_refused(lake: Lake) -> None:
    file = lake.root / "config" / "personas.yaml"
    file.write_text(file.read_text().replace(', "restricted"]', "]"))
    (told,) = problems(lake, turnover=f"{HEAD}SELECT customer FROM turnover")
    assert told.startswith(
        "turnover.sql: no persona sees all that it reads: analyst does not see gold.turnover.customer (restricted); engineer"
    )


def test_a_lake_without_personas_can_have_no_saved_query(lake: Lake) -> None:
    (lake.root / "config" / "personas.yaml").unlink()
    (lake.root / "config" / "dev.yaml").write_text(json.dumps({**GOVERNED, "personas": {}}))
    (told,) = problems(lake, turnover=f"{HEAD}SELECT total FROM turnover")
    assert told.endswith("queries: is for personas, and the lake has none; write config/personas.yaml")


def test_a_name_is_one_querys(lake: Lake) -> None:
    told = problems(lake, first=f"{HEAD}SELECT total FROM turnover", second=f"{HEAD}SELECT 1")
    assert told == ["second.sql: name: 'Turnover' is the name of first.sql already"]
