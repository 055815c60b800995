"""The sample lake's crawlers, as deployed: what they find, with which rights, and how it is told."""

import json

import pytest

from medallion.manifest.compiler import compile_lake
from tests.local.lake import ROOT, Lake

CONTRACTS = {table.object: table.contract for table in compile_lake(ROOT / "lakes" / "grocer").read_from("store")}
# AWS calls them itself; nothing on a laptop does.
UNOBSERVABLE = {"logs:AssociateKmsKey", "secretsmanager:DescribeSecret", "glue:GetTable", "glue:UpdateTable"}


def discovered(lake: Lake) -> dict[str, str | None]:
    """What the crawler of the store found: the contract by the table's place."""
    (found,) = lake.command("contracts", "discover", "store", "--json").json["crawlers"]
    assert (found["crawler"], found["status"], found["error"]) == ("local-discover-store", "SUCCEEDED", None)
    return {table["location"]: table["contract"] for table in found["tables"]}


@pytest.fixture
def deployed(seeded: Lake) -> Lake:
    return seeded


def test_every_table_of_the_store_is_found_under_the_crawler_s_own_role(deployed: Lake) -> None:
    found = discovered(deployed)
    assert {place: contract for place, contract in found.items() if contract} == {
        f"sample.public.{name}": contract for name, contract in CONTRACTS.items()
    }
    unused = set(deployed.laptop.unused_actions("local-discover-store"))
    assert {action for action in unused if not action.startswith(("ec2:", "kms:"))} <= UNOBSERVABLE
    groups = deployed.client("logs").describe_log_groups(logGroupNamePrefix="/aws-glue/")["logGroups"]
    names = {f"/aws-glue/crawlers-role/local-discover-{source}-local-jobs" for source in ("store", "loyalty")}
    assert {group["logGroupName"] for group in groups} == names


def test_what_no_contract_reads_is_told_and_how_it_would_be(deployed: Lake) -> None:
    with deployed.source("store") as source:
        source.execute("CREATE TABLE public.suppliers (id int PRIMARY KEY)")
    try:
        assert discovered(deployed)["sample.public.suppliers"] is None
        told = deployed.command("contracts", "check", "--live", "--json").json["drift"]
    finally:
        with deployed.source("store") as source:
            source.execute("DROP TABLE public.suppliers")
    assert [(one["table"], one["kind"], one["stops"]) for one in told] == [("store: suppliers", "uncontracted", False)]
    assert "`lake contracts new store suppliers` drafts them" in told[0]["detail"]


def test_where_the_database_does_not_answer_its_crawled_tables_are_looked_at(deployed: Lake) -> None:
    with deployed.source("store") as source:
        source.execute("ALTER TABLE public.products ADD COLUMN found_by_a_crawler text")
    try:
        discovered(deployed)
    finally:
        with deployed.source("store") as source:
            source.execute("ALTER TABLE public.products DROP COLUMN found_by_a_crawler")
    manager, was = deployed.client("secretsmanager"), deployed.secret("store")
    manager.put_secret_value(SecretId="local/sources/store", SecretString=json.dumps({**was, "port": 1}))
    try:
        answer = deployed.command("contracts", "check", "--live", "--json").json
    finally:
        manager.put_secret_value(SecretId="local/sources/store", SecretString=json.dumps(was))
    assert answer["not_looked_at"] == ["store"]
    columns = [(one["table"], one["column"], one["kind"]) for one in answer["drift"] if one["kind"] != "uncontracted"]
    assert columns == [("store__products", "found_by_a_crawler", "added")]
    discovered(deployed)


def test_a_source_without_a_crawler_is_refused(deployed: Lake) -> None:
    answer = deployed.command("contracts", "discover", "stor", fails=True)
    assert answer.code == 2
    assert "'stor' has no crawler" in answer.err
    assert "they read loyalty, store" in answer.err
