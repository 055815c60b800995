"""A lake over a DynamoDB table, deployed and run on a laptop: windows in a row, outages, deletions, retries."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from boto3.dynamodb.types import TypeSerializer

from tests.local.job_runs import refreshed, succeeded
from tests.local.lake import ROOT, Lake, deployed

BIG = Decimal(12345678901234567890123456789012345678)
TABLE = "local-crm-members"
JOB = "local-ingest-crm"


def column(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "logicalType": "string", "classification": "internal", **more}


def write_lake(root: Path) -> Path:
    """One DynamoDB table, its bronze and its silver contract."""
    config = yaml.safe_load((ROOT / "lakes" / "grocer" / "config" / "local.yaml").read_text())
    config["sources"] = {"crm": {"engine": "dynamodb", "demo": True}, "shop": {"engine": "dynamodb", "prefix": "live-"}}
    config["network"]["endpoints"] = []
    # Nobody here is a persona.
    config["lake_formation"] = "off"
    for named in ("personas", "query_as"):
        del config[named]
    bronze = [
        column("id", primaryKey=True, required=True),
        column("points", logicalType="number", physicalType="decimal(38,0)"),
        column("address", logicalType="object", properties=[{"name": "homeTown", "logicalType": "string"}]),
        column("tags", logicalType="array", items={"logicalType": "string"}),
        column("photo", physicalType="binary"),
    ]
    silver = [
        column("id", primaryKey=True, required=True),
        column("points", logicalType="number", physicalType="decimal(38,0)", required=True),
        column("town", transformLogic="address.homeTown"),
        column("tags", logicalType="integer", transformLogic="cast(size(tags) AS bigint)"),
        column("written_at", logicalType="timestamp", transformLogic="_written_at", required=True),
    ]
    files: dict[str, Any] = {"config/local.yaml": config}
    for layer, columns in (("bronze", bronze), ("silver", silver)):
        table: dict[str, Any] = {"name": "members", "properties": columns}
        document: dict[str, Any] = {"apiVersion": "v3.2.0", "kind": "DataContract", "id": layer, "version": "1.0.0", "status": "active"}
        if layer == "bronze":
            document["servers"] = [{"server": "crm", "type": "custom"}]
            table["customProperties"] = [{"property": "ingestion", "value": "export"}]
        files[f"contracts/club/{layer}/members.yaml"] = {**document, "schema": [table]}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(yaml.safe_dump(content))
    return root


class Club:
    """The lake and its source."""

    def __init__(self, lake: Lake) -> None:
        self.lake, self.dynamodb = lake, lake.client("dynamodb")

    def put(self, id: str, points: int | Decimal, **more: Any) -> None:
        serialize = TypeSerializer().serialize
        item = {"id": id, "points": Decimal(points), **more}
        self.dynamodb.put_item(TableName=TABLE, Item={name: serialize(value) for name, value in item.items()})

    def delete(self, id: str) -> None:
        self.dynamodb.delete_item(TableName=TABLE, Key={"id": {"S": id}})

    def later(self, **by: float) -> None:
        self.lake.laptop.clock.advance(timedelta(**by))

    def run(self) -> None:
        assert self.lake.run()["state"] == "success"

    def refresh(self) -> None:
        """What a run brings of the members, whose contracts have been applied."""
        refreshed(self.lake, JOB, "local-refine")

    def silver(self) -> dict[str, int]:
        return {row["id"]: int(row["points"]) for row in self.lake.query("SELECT id, points FROM local_silver.members")}

    def windows(self) -> dict[str, int]:
        """Rows of bronze by the export that they came with."""
        rows = self.lake.query("SELECT _run_id, count(*) AS items FROM local_bronze.crm__members GROUP BY _run_id")
        return {row["_run_id"]: int(row["items"]) for row in rows}

    def exports(self) -> list[str]:
        """The kinds of all exports, oldest first."""
        arn = self.dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"]
        return [one["ExportType"].partition("_")[0] for one in reversed(self.dynamodb.list_exports(TableArn=arn)["ExportSummaries"])]


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    with deployed(write_lake(tmp_path_factory.mktemp("club"))) as lake:
        yield Club(lake)


def test_a_lake_that_has_not_run_yet_has_a_page_that_says_so(club: Club) -> None:
    answer = club.lake.command("report", "--out", "report.html", "--json").json
    assert answer["headline"] == "Nothing has run yet: the lake is empty."
    assert answer["headline"] in (club.lake.home / "report.html").read_text()


def test_a_table_is_followed_through_windows_outages_and_a_gap(club: Club) -> None:
    club.put("ada", BIG, address={"homeTown": "London"}, tags={"a", "b"}, photo=b"\x00")
    club.put("bob", 1)
    club.put("cy", 1)
    club.later(minutes=1)
    club.run()
    assert club.silver() == {"ada": int(BIG), "bob": 1, "cy": 1}
    assert club.lake.one("SELECT town, tags FROM local_silver.members WHERE id = 'ada'") == {"town": "London", "tags": 2}

    # Too early for a window: nothing is asked for and nothing written.
    before = club.lake.metadata_locations()
    club.later(minutes=5)
    club.refresh()
    assert (club.exports(), club.lake.metadata_locations()) == (["FULL"], before)

    # Two windows in a row, and a retry of the second: the job does not export again, nor double a row.
    club.put("bob", 2)
    club.later(minutes=30)
    club.refresh()
    club.delete("cy")
    club.put("dee", 1)
    club.later(hours=1)
    club.refresh()
    assert club.exports() == ["FULL", "INCREMENTAL", "INCREMENTAL"]
    assert club.silver() == {"ada": int(BIG), "bob": 2, "dee": 1}
    run_id = club.lake.start_job(JOB)
    succeeded(club.lake, JOB, run_id)
    assert sorted(club.windows().values()) == [1, 2, 3]

    # Three days without a run are windows of a day, each from where the one before it ended.
    for points in (3, 4, 5):
        club.put("bob", points)
        club.later(days=1)
    club.refresh()
    assert club.exports()[3:] == ["INCREMENTAL"] * 3
    assert club.silver() == {"ada": int(BIG), "bob": 5, "dee": 1}
    bounds = sorted(run.removeprefix("export:").split("..") for run in club.windows() if ".." in run)
    assert all(end == start for (_, end), (start, _) in pairwise(bounds))

    # Forty days are more than DynamoDB remembers: all of it again, and who is gone is gone.
    club.delete("dee")
    club.put("eve", 1)
    club.later(days=40)
    club.refresh()
    assert club.exports()[6:] == ["FULL"]
    assert club.silver() == {"ada": int(BIG), "bob": 5, "eve": 1}


def test_a_range_of_an_export_is_refused_by_name(club: Club) -> None:
    answer = club.lake.command("run", "--from", "2026-01-01", "--to", "2026-01-02", fails=True)
    assert answer.code == 2
    assert "crm__members: exports follow each other without a gap" in answer.err


def test_files_are_written_with_the_job_s_rights(club: Club) -> None:
    """A role that may ask for an export but not write its files gets none."""
    iam, table = club.lake.client("iam"), club.dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"]
    root = club.dynamodb.meta.config
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "sts:AssumeRole"}
    allowed = {
        "Effect": "Allow",
        "Action": ["dynamodb:ExportTableToPointInTime", "dynamodb:DescribeExport"],
        "Resource": [table, f"{table}/export/*"],
    }
    role = iam.create_role(RoleName="asks", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]
    iam.put_role_policy(RoleName="asks", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    session = club.lake.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="asks")["Credentials"]
    client = boto3.client(
        "dynamodb",
        region_name=root.region_name,
        endpoint_url=club.dynamodb.meta.endpoint_url,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    bucket = "local-bronze-111111111111-eu-west-1"
    arn = client.export_table_to_point_in_time(TableArn=table, S3Bucket=bucket)["ExportDescription"]["ExportArn"]
    while (described := client.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
        time.sleep(0.1)
    assert (described["ExportStatus"], described["FailureCode"]) == ("FAILED", "S3AccessDenied")
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.export_table_to_point_in_time(TableArn=f"{table}-other", S3Bucket=bucket)


class Shop:
    """A table of the source that no contract reads at first."""

    table = "live-OrderLines"

    def __init__(self, club: Club) -> None:
        self.lake, self.dynamodb = club.lake, club.dynamodb
        self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "OrderId", "KeyType": "HASH"}, {"AttributeName": "line", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "OrderId", "AttributeType": "S"}, {"AttributeName": "line", "AttributeType": "N"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.dynamodb.update_continuous_backups(TableName=self.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})

    def put(self, order: str, line: int, **more: Any) -> None:
        item = {"OrderId": order, "line": line, **more}
        self.dynamodb.put_item(TableName=self.table, Item={name: TypeSerializer().serialize(value) for name, value in item.items()})

    def delete(self, order: str, line: int) -> None:
        self.dynamodb.delete_item(TableName=self.table, Key={"OrderId": {"S": order}, "line": {"N": str(line)}})

    def drift(self, *, fails: bool) -> dict[str, tuple[str, bool]]:
        found = self.lake.command("contracts", "check", "--live", "--json", fails=fails).json["drift"]
        return {one["column"]: (one["kind"], one["stops"]) for one in found if one["table"] == "shop__order_lines"}


def test_a_table_is_drafted_run_and_held_against_its_contract(club: Club) -> None:
    shop = Shop(club)
    address = {"homeTown": "London", "stops": [{"Floor": 2}, {"Floor": 3}]}
    shop.put("a", 1, points=BIG, price=Decimal("1.5"), address=address, tags={"x", "y"}, photo=b"\x00", email="a@b", gone=None)
    shop.put("a", 2, points=1, choice="big", preferences={"a-b": 1})
    shop.put("b", 1, choice=7, odd="x")
    shop.put("c", 1, odd=["x"])

    # What is looked at is told, for it is paid for.
    answer = shop.lake.command("contracts", "new", "shop", "--all", "--product", "club", "--json").json
    (drafted,) = answer["drafted"]
    assert (drafted["name"], drafted["mode"], drafted["key"]) == ("order_lines", "export", ["OrderId", "line"])
    assert {"email", "address", "photo", "preferences"} <= set(drafted["restricted"])
    assert {one["column"]: one["reason"].partition(",")[0] for one in answer["left"]} == {
        "gone": "it was only ever NULL",
        "odd": "it holds lists in 1",
    }
    (sampled,) = answer["sampled"]
    assert (sampled["table"], sampled["items"], sampled["whole"]) == (shop.table, 4, True)
    assert sampled["read_units"] > 0

    shop.lake.command("deploy")
    club.later(minutes=1)
    club.run()
    assert shop.lake.query("SELECT order_id, line, choice FROM local_silver.order_lines ORDER BY 1, 2") == [
        {"order_id": "a", "line": 1, "choice": None},
        {"order_id": "a", "line": 2, "choice": "big"},
        {"order_id": "b", "line": 1, "choice": "7"},
        {"order_id": "c", "line": 1, "choice": None},
    ]
    row = shop.lake.one(
        "SELECT points, price, address.home_town AS town, address.stops[2].floor AS floor, cardinality(tags) AS tags"
        " FROM local_silver.order_lines WHERE order_id = 'a' AND line = 1"
    )
    assert row == {"points": str(BIG), "price": "1.50", "town": "London", "floor": 3, "tags": 2}

    # The crawlers read the exports, and find what the contracts say and what they leave out.
    found = sorted(shop.lake.command("contracts", "discover", "--json").json["crawlers"], key=lambda one: one["source"])
    assert [(one["source"], one["status"], one["error"]) for one in found] == [("crm", "SUCCEEDED", None), ("shop", "SUCCEEDED", None)]
    assert [(one["table"], one["contract"]) for one in found[1]["tables"]] == [
        ("shop__order_lines", "contracts/club/bronze/order_lines.yaml")
    ]
    assert shop.drift(fails=False) == {"gone": ("added", False), "odd": ("added", False)}

    # A value of another type stops this table alone, and the same words say so before and after.
    shop.put("d", 1, points="many", colour="red")
    assert shop.drift(fails=True) == {
        "gone": ("added", False),
        "odd": ("added", False),
        "points": ("retyped", True),
        "colour": ("added", False),
    }
    club.later(hours=1)
    failed = shop.lake.run(fails=True)
    outcomes = {table["table"]: table["outcome"] for task in failed["tasks"] for table in task.get("tables", [])}
    assert outcomes["local_bronze.shop__order_lines"] == "failed"
    assert outcomes["local_bronze.crm__members"] != "failed"

    # What its items no longer hold, the exports still do.
    shop.delete("d", 1)
    assert "colour" not in shop.drift(fails=False)
    shop.lake.command("contracts", "discover", "shop")
    found_again = shop.drift(fails=True)
    assert (found_again["points"], found_again["colour"]) == (("retyped", True), ("added", False))
