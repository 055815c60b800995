"""What docs/interfaces.md freezes is what the code says."""

import re
from argparse import ArgumentParser
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from cli.terminal.failures import Interrupted, Refused, Unreachable, exit_code
from lambdas.gate.checks import Reason
from lambdas.gate.outcome import Outcome
from medallion.arguments import ingest_parser, lake_parser, run_parser
from medallion.manifest import names as frozen
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.names import Names
from medallion.ops.tables import COLUMNS
from medallion.publish.state import State

TEXT = (Path(__file__).parents[2] / "docs" / "interfaces.md").read_text(encoding="utf-8")
NAMES = Names(prefix="acme_dev", account="222222222222", region="eu-west-1")


def section(title: str) -> str:
    return TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]


def options(parser: ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings if option.startswith("--")} - {"--help"}


def test_names_are_as_listed() -> None:
    assert [NAMES.database(layer) for layer in frozen.LAYERS] == ["acme_dev_bronze", "acme_dev_silver", "acme_dev_gold"]
    assert NAMES.database("ops") == "acme_dev_ops"
    assert NAMES.discovered == "acme_dev_discovered"
    assert NAMES.crawler("till_system") == "acme-dev-discover-till-system"
    assert NAMES.bucket("athena-results") == "acme-dev-athena-results-222222222222-eu-west-1"
    assert NAMES.job("apply-contracts") == "acme-dev-apply-contracts"
    assert NAMES.job("ingest", "till_system") == "acme-dev-ingest-till-system"
    assert NAMES.workgroup() == "acme-dev-engineers"
    assert frozen.bronze_table("shop", "orders") == "shop__orders"
    assert NAMES.parameter("transform", "release") == "/medallion/acme-dev/transform/release"
    assert NAMES.bucket("landing") == "acme-dev-landing-222222222222-eu-west-1"
    assert NAMES.dag("sales") == "acme_dev_sales"
    assert NAMES.function("gate") == "acme-dev-gate"
    assert frozen.documents_prefix("post__letters") == "documents/post__letters"
    assert NAMES.applied_release == "/medallion/acme-dev/applied-release"


@pytest.mark.parametrize(
    "name",
    [
        "<prefix>_bronze",
        "<prefix>_ops",
        "<prefix>_discovered",
        "<prefix>-discover-<source>",
        "<prefix>-apply-contracts",
        "<prefix>-ingest-<source>",
        "<prefix>-engineers",
        "<prefix>-gate",
        "<prefix>-trigger",
        "documents/<source>__<table>/texts/",
        "uploads/<source, or no-source>/",
        "__quarantine",
    ],
)
def test_the_page_lists_the_name(name: str) -> None:
    assert name in section("Names")


def test_every_argument_of_the_jobs_is_documented() -> None:
    documented = set(re.findall(r"`(--\w+)`", section("Jobs")))
    assert options(lake_parser(None)) < options(run_parser(None)) < documented
    scripts = "".join(path.read_text() for path in (Path(__file__).parents[2] / "glue_jobs").glob("*.py"))
    added = set(re.findall(r"add_argument\(\"(--\w+)\"", scripts))
    assert options(ingest_parser(None)) | added == documented


def test_the_state_property_is_as_documented() -> None:
    documented = section("Tables").partition(f"`{frozen.STATE_PROPERTY}`")[2]
    assert documented
    for field in State.model_fields:
        assert f'"{field}"' in documented


def test_the_record_of_an_upload_is_as_documented() -> None:
    documented = section("Jobs").partition("The record of an upload")[2].partition("\n\n")[0]
    assert set(re.findall(r'"(\w+)"', documented)) == {field.name for field in fields(Outcome)}


def test_every_reason_of_a_refusal_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text(encoding="utf-8")
    table = page.partition("## Letters and other texts")[2].partition("\n## ")[0]
    assert {reason for reason in get_args(Reason.__value__) if f"| `{reason}` |" not in table} == set()


def test_the_tables_of_runs_are_as_documented() -> None:
    for name, columns in COLUMNS.items():
        documented = section("Runs").partition(f"| `{name}` |")[2].partition("\n")[0]
        assert re.findall(r"`(\w+)`", documented) == [column.name for column in columns]


def test_technical_columns_are_as_documented() -> None:
    for column in (frozen.RUN_ID, frozen.INGESTED_AT):
        assert f"`{column}`" in section("Tables")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(Refused("the call is wrong"), 2, id="a wrong call"),
        pytest.param(InvalidField(Location("config/dev.yaml", "account"), "is missing"), 2, id="a wrong file"),
        pytest.param(Unreachable("nothing answers"), 3, id="out of reach"),
        pytest.param(Interrupted("stopped"), 130, id="interrupted"),
    ],
)
def test_exit_codes_are_as_documented(error: BaseException, code: int) -> None:
    assert exit_code(error) == code
    assert re.search(rf"\b{code}\b", section("The command"))
