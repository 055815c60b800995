"""The order of a product's steps, and the file that it becomes."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.manifest.errors import UnknownValue
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, Product, Reference, SilverTable
from medallion.manifest.names import Names
from medallion.manifest.schedule import PLACE, Plan, affected, dag_file, foreign_inputs, needed_for, plan, plans

FACTORY = Path(__file__).parents[3] / "mwaa_dags" / "factory.py"
NAMES = Names(prefix="dev_eu", account="222222222222", region="eu-west-1")


def bronze(name: str, source: str) -> BronzeTable:
    return BronzeTable(
        product="shop", name=f"{source}__{name}", contract="", version="1", columns=(), source=source, object=name, mode="snapshot"
    )


def silver(name: str, source: str, *refers_to: str) -> SilverTable:
    references = tuple(Reference(columns=("id",), table=other, to=("id",)) for other in refers_to)
    return SilverTable(
        product="shop", name=name, contract="", version="1", columns=(), input=f"{source}__{name}", key=("id",), references=references
    )


def gold(name: str, *inputs: str) -> GoldTable:
    return GoldTable(product="shop", name=name, contract="", version="1", columns=(), inputs=inputs, sql="")


SHOP = Product(
    name="shop",
    schedule="0 4 * * *",
    owner="it's '''quoted'''",
    tables=(
        bronze("people", "crm"),
        bronze("orders", "till"),
        bronze("loose", "till"),
        silver("people", "crm"),
        silver("orders", "till", "people"),
        gold("daily", "orders"),
        gold("weekly", "daily"),
    ),
)


def planned(*tables: BronzeTable | SilverTable | GoldTable) -> dict[str, tuple[str, ...]]:
    steps = plan(Product(name="shop", tables=tables), NAMES, "r1", governed=False).tasks
    return {step.id: step.after for step in steps}


def test_contracts_come_first_then_each_source_then_silver_then_gold() -> None:
    assert planned(*SHOP.tables) == {
        "apply_contracts": (),
        "ingest_crm": ("apply_contracts",),
        "ingest_till": ("apply_contracts",),
        "refine": ("ingest_crm", "ingest_till"),
        "aggregate": ("refine",),
    }


def test_what_a_release_closes_is_closed_before_its_contracts_and_what_it_opens_is_opened_after() -> None:
    steps = plan(SHOP, NAMES, "r1", governed=True).tasks
    after = {step.id: step.after for step in steps}
    assert after["tighten_access"] == ()
    assert after["apply_contracts"] == ("tighten_access",)
    assert after["open_access"] == ("apply_contracts",)
    assert after["ingest_crm"] == after["ingest_till"] == ("open_access",)
    assert {step.id: step.arguments["--phase"] for step in steps if step.job == NAMES.job("apply-access")} == {
        "tighten_access": "tighten",
        "open_access": "open",
    }


def test_a_layer_that_a_product_lacks_has_no_step() -> None:
    assert planned(bronze("people", "crm")) == {"apply_contracts": (), "ingest_crm": ("apply_contracts",)}
    assert planned(silver("people", "crm")) == {"apply_contracts": (), "refine": ("apply_contracts",)}
    assert planned(gold("daily", "elsewhere")) == {"apply_contracts": (), "aggregate": ("apply_contracts",)}


def test_gold_without_silver_waits_for_every_source() -> None:
    assert planned(bronze("people", "crm"), bronze("orders", "till"), gold("daily", "orders"))["aggregate"] == ("ingest_crm", "ingest_till")


def test_every_job_reads_the_manifest_of_its_own_release() -> None:
    for step in plan(SHOP, NAMES, "abc123", governed=True).tasks:
        assert step.arguments["--manifest"] == "s3://dev-eu-artifacts-222222222222-eu-west-1/releases/abc123/manifest.json"
        assert step.arguments["--release"] == "abc123"


def test_a_range_is_for_those_who_read_a_source() -> None:
    ranged = {step.id for step in plan(SHOP, NAMES, "r1", governed=True).tasks if {"--from", "--to"} <= step.arguments.keys()}
    assert ranged == {"ingest_crm", "ingest_till"}


def test_jobs_and_parameters_have_the_names_that_the_stacks_give_them() -> None:
    made = plan(SHOP, NAMES, "r1", governed=True)
    assert [step.job for step in made.tasks] == [
        "dev-eu-apply-access",
        "dev-eu-apply-contracts",
        "dev-eu-apply-access",
        "dev-eu-ingest-crm",
        "dev-eu-ingest-till",
        "dev-eu-refine",
        "dev-eu-aggregate",
    ]
    assert {step.id: step.applied for step in made.tasks if step.applied} == {
        "tighten_access": "/medallion/dev-eu/applied-access",
        "apply_contracts": "/medallion/dev-eu/applied-release",
        "open_access": "/medallion/dev-eu/applied-access",
    }
    assert made.log_group == "/medallion/dev-eu/jobs/output"
    assert made.dag_id == "dev_eu_shop"


@pytest.mark.parametrize(
    ("asked", "needed"),
    [
        pytest.param(["people"], ("crm__people", "people"), id="silver and its bronze"),
        pytest.param(["orders"], ("crm__people", "till__orders", "people", "orders"), id="silver and what it refers to"),
        pytest.param(["weekly"], ("crm__people", "till__orders", "people", "orders", "daily", "weekly"), id="gold over gold"),
        pytest.param(["till__loose"], ("till__loose",), id="bronze alone"),
        pytest.param([], (), id="nothing"),
    ],
)
def test_a_table_is_run_with_all_that_it_is_made_from(asked: list[str], needed: tuple[str, ...]) -> None:
    assert needed_for(SHOP, asked) == needed


@given(st.sets(st.sampled_from(["dev_eu_bronze.crm__people", "dev_eu_bronze.till__orders", "dev_eu_silver.orders", "dev_eu_gold.daily"])))
def test_what_is_left_undone_reaches_all_that_is_made_from_it_and_nothing_else(failed: set[str]) -> None:
    made = {
        "dev_eu_bronze.crm__people": {"dev_eu_silver.people", "dev_eu_silver.orders", "dev_eu_gold.daily", "dev_eu_gold.weekly"},
        "dev_eu_bronze.till__orders": {"dev_eu_silver.orders", "dev_eu_gold.daily", "dev_eu_gold.weekly"},
        "dev_eu_silver.orders": {"dev_eu_gold.daily", "dev_eu_gold.weekly"},
        "dev_eu_gold.daily": {"dev_eu_gold.weekly"},
    }
    expected = failed.union(*(made[name] for name in failed))
    assert affected(Manifest(lake="l", products=(SHOP,)), NAMES, failed) == expected


def test_a_step_names_the_tables_that_it_writes() -> None:
    steps = {step.id: step.tables for step in plan(SHOP, NAMES, "r1", governed=True).tasks}
    assert steps["apply_contracts"] == ()
    assert steps["ingest_till"] == ("dev_eu_bronze.till__orders", "dev_eu_bronze.till__loose")
    assert steps["aggregate"] == ("dev_eu_gold.daily", "dev_eu_gold.weekly")


def test_an_unknown_table_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownValue, match="did you mean 'orders'"):
        needed_for(SHOP, ["order"])


def test_a_product_waits_for_the_tables_of_others_that_it_is_made_from() -> None:
    board = Product(name="board", tables=(GoldTable(**{**gold("yearly", "daily", "people").model_dump(), "product": "board"}),))
    lake = Manifest(lake="acme", products=(board, SHOP))
    assert foreign_inputs(board, lake, NAMES) == ("dev_eu_gold.daily", "dev_eu_silver.people")
    assert {made.product: made.waits_for for made in plans(lake, NAMES, "r1", governed=True)} == {
        "board": ("dev_eu_gold.daily", "dev_eu_silver.people"),
        "shop": (),
    }


def test_the_file_holds_the_plan_and_the_whole_factory() -> None:
    made = plan(SHOP, NAMES, "r1", governed=True)
    module = ast.parse(dag_file(FACTORY.read_text(), made))
    held = next(
        ast.literal_eval(statement.value)
        for statement in module.body
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.target.id == "PLAN"
        and statement.value
    )
    assert Plan.model_validate(held) == made
    assert any(isinstance(statement, ast.FunctionDef) and statement.name == "product_dag" for statement in module.body)


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert dag_file(FACTORY.read_text(), plan(SHOP, NAMES, "r1", governed=True)) == dag_file(
        FACTORY.read_text(), plan(SHOP, NAMES, "r1", governed=True)
    )


def test_a_factory_without_the_place_for_a_plan_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        dag_file("dag = None\n", plan(SHOP, NAMES, "r1", governed=True))
    with pytest.raises(ValueError, match="exactly once"):
        dag_file(PLACE + PLACE, plan(SHOP, NAMES, "r1", governed=True))


def test_the_file_imports_airflow_and_what_it_brings_and_nothing_of_ours() -> None:
    imported = {(node.module or "").split(".")[0] for node in ast.walk(ast.parse(FACTORY.read_text())) if isinstance(node, ast.ImportFrom)}
    assert imported == {"airflow", "botocore", "collections", "datetime", "typing"}
