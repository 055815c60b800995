"""Which table and job a person's decision is about, and what is asked of Athena."""

import boto3
import pytest
from botocore.stub import Stubber

from cli.quarantine import refused_by_rule, refused_rows
from cli.run.decision import refuse_while_running, table_meant
from cli.run.runs import newest_runs, tables_of_run
from cli.terminal.failures import Refused
from local.services.athena.sql import parsing
from local.services.athena.sql.statements import Query
from medallion.manifest.errors import UnknownValue
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, Product, SilverTable
from medallion.manifest.names import LAYERS, Names
from medallion.manifest.steps import step_of

NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
BRONZE = BronzeTable(
    product="shop", name="till__orders", contract="", version="1", columns=(), source="till", object="orders", mode="snapshot"
)
SILVER = SilverTable(product="shop", name="orders", contract="", version="1", columns=(), input="till__orders", key=("id",))
GOLD = GoldTable(product="shop", name="orders", contract="", version="1", columns=(), inputs=("orders",), sql="")
MANIFEST = Manifest(lake="l", products=(Product(name="shop", tables=(BRONZE, SILVER, GOLD)),))


@pytest.mark.parametrize(
    ("written", "table", "job"),
    [
        ("till__orders", BRONZE, "dev-ingest-till"),
        ("silver.orders", SILVER, "dev-refine"),
        ("dev_gold.orders", GOLD, "dev-aggregate"),
    ],
    ids=["by name", "by layer", "by database"],
)
def test_a_decision_goes_to_the_job_that_writes_the_table(written: str, table: object, job: str) -> None:
    meant = table_meant(MANIFEST, NAMES, written, LAYERS)
    assert meant == table
    assert step_of(meant).job(NAMES) == job


def test_a_name_of_two_layers_is_asked_back_unless_only_one_can_be_meant() -> None:
    with pytest.raises(Refused, match=r"silver\.orders or gold\.orders"):
        table_meant(MANIFEST, NAMES, "orders", LAYERS)
    assert table_meant(MANIFEST, NAMES, "orders", ("silver",)) == SILVER
    with pytest.raises(UnknownValue, match="did you mean 'orders'"):
        table_meant(MANIFEST, NAMES, "order", LAYERS)


def refuse_while(*states: str) -> None:
    """Refuses a decision while runs of a job are in these states."""
    glue = boto3.client("glue", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    runs = [{"Id": f"jr_{number}", "JobRunState": state} for number, state in enumerate(states)]
    # No run of moto's fails.
    with Stubber(glue) as stubber:
        stubber.add_response("get_job_runs", {"JobRuns": runs}, {"JobName": "dev-refine", "MaxResults": 20})
        refuse_while_running(glue, "dev-refine")


def test_a_table_is_left_alone_while_its_job_runs() -> None:
    refuse_while("SUCCEEDED", "FAILED")
    with pytest.raises(Refused, match="jr_1"):
        refuse_while("SUCCEEDED", "RUNNING")


@pytest.mark.parametrize(
    "sql",
    [
        newest_runs(NAMES, 5),
        tables_of_run(NAMES, "it's"),
        tables_of_run(NAMES, "it's", ["error", "reason"]),
        refused_by_rule(NAMES, ["orders", "people"]),
        refused_rows(NAMES, "orders", 5),
        refused_rows(NAMES, "orders", 5, ["_row"]),
    ],
    ids=["runs", "run", "run without errors", "by rule", "rows", "rows without values"],
)
def test_what_is_asked_is_sql_that_the_laptops_athena_takes_too(sql: str) -> None:
    assert isinstance(parsing.parse(sql), Query)
