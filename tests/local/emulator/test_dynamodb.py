"""DynamoDB's exports on the laptop: the documented files, AWS's limits, the caller's rights, and a past that is told truthfully."""

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.laptop import Laptop

type Aws = Callable[[str], Any]
BUCKET = "exports-of-tests"


class Table:
    """A table with point-in-time recovery, and its exports."""

    def __init__(self, laptop: Laptop, aws: Aws, name: str) -> None:
        self.laptop, self.client, self.s3, self.name = laptop, aws("dynamodb"), aws("s3"), name
        self.arn = self.client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )["TableDescription"]["TableArn"]

    def recovery(self, *, on: bool = True) -> None:
        self.client.update_continuous_backups(TableName=self.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on})

    def put(self, id: str, value: str) -> None:
        self.client.put_item(TableName=self.name, Item={"id": {"S": id}, "value": {"S": value}})

    def delete(self, id: str) -> None:
        self.client.delete_item(TableName=self.name, Key={"id": {"S": id}})

    @property
    def latest(self) -> datetime:
        answer = self.client.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
        found: datetime = answer["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
        return found

    def later(self, **by: float) -> datetime:
        """Lets time go by; gives the moment after it."""
        self.laptop.clock.advance(timedelta(**by))
        return self.latest

    def export(self, **request: Any) -> dict[str, Any]:
        """Exports, and gives the description once it has ended."""
        arn = self.client.export_table_to_point_in_time(**({"TableArn": self.arn, "S3Bucket": BUCKET, "S3Prefix": self.name} | request))
        while True:
            described: dict[str, Any] = self.client.describe_export(ExportArn=arn["ExportDescription"]["ExportArn"])["ExportDescription"]
            if described["ExportStatus"] != "IN_PROGRESS":
                return described
            time.sleep(0.05)

    def window(self, start: datetime, end: datetime, view: str = "NEW_AND_OLD_IMAGES") -> dict[str, Any]:
        specification = {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": view}
        return self.export(ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=specification)

    def read(self, described: dict[str, Any]) -> dict[str, Any]:
        """The lines of an export by id, every file of it held against its manifest."""
        assert described["ExportStatus"] == "COMPLETED", described
        summary = json.loads(self.object(described["ExportManifest"]))
        listed = self.object(summary["manifestFilesS3Key"])
        folder = described["ExportManifest"].rpartition("/")[0]
        assert self.object(f"{folder}/manifest-files.checksum").decode() == md5(listed)
        found = []
        for entry in map(json.loads, listed.decode().splitlines()):
            content = self.object(entry["dataFileS3Key"])
            assert md5(content) == entry["md5Checksum"]
            lines = gzip.decompress(content).decode().splitlines()
            assert len(lines) == entry["itemCount"]
            found += [json.loads(line) for line in lines]
        assert len(found) == summary["itemCount"] == described["ItemCount"]
        return {(line.get("Keys") or line["Item"])["id"]["S"]: line for line in found}

    def object(self, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()


@pytest.fixture(scope="module")
def bucket(aws: Aws) -> str:
    aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return BUCKET


@pytest.fixture
def table(laptop: Laptop, aws: Aws, bucket: str, request: pytest.FixtureRequest) -> Table:
    return Table(laptop, aws, request.node.name.replace("[", "-").replace("]", "")[:60])


def test_a_full_export_is_the_table_at_its_moment(table: Table) -> None:
    table.recovery()
    table.put("kept", "old")
    table.put("gone", "there")
    moment = table.later(minutes=1)
    table.later(minutes=1)
    table.put("kept", "new")
    table.delete("gone")
    table.put("later", "x")
    then, now = table.read(table.export(ExportTime=moment)), table.read(table.export(ExportTime=table.later(minutes=1)))
    assert {id: line["Item"]["value"]["S"] for id, line in then.items()} == {"kept": "old", "gone": "there"}
    assert {id: line["Item"]["value"]["S"] for id, line in now.items()} == {"kept": "new", "later": "x"}


def test_a_window_holds_each_key_once_with_its_last_image(table: Table) -> None:
    table.recovery()
    table.put("changed", "0")
    table.put("deleted", "0")
    start = table.later(minutes=1)
    table.later(minutes=1)
    for value in "12":
        table.put("changed", value)
    table.delete("deleted")
    table.put("new", "1")
    table.put("brief", "1")
    table.delete("brief")
    end = table.later(minutes=20)
    table.put("changed", "after")
    found = table.read(table.window(start, end))
    assert sorted(found) == ["changed", "deleted", "new"]
    assert found["changed"]["OldImage"]["value"]["S"] == "0"
    assert found["changed"]["NewImage"]["value"]["S"] == "2"
    assert "NewImage" not in found["deleted"]
    assert found["deleted"]["OldImage"]["value"]["S"] == "0"
    assert "OldImage" not in found["new"]
    assert start.timestamp() * 1e6 <= int(found["new"]["Metadata"]["WriteTimestampMicros"]["N"]) < end.timestamp() * 1e6
    assert "OldImage" not in table.read(table.window(start, end, "NEW_IMAGE"))["changed"]


def test_batches_updates_and_transactions_are_told(table: Table) -> None:
    table.recovery()
    start = table.later(minutes=1)
    item = {"id": {"S": "batch"}, "value": {"S": "1"}}
    table.client.batch_write_item(RequestItems={table.name: [{"PutRequest": {"Item": item}}]})
    table.client.update_item(
        TableName=table.name,
        Key={"id": {"S": "updated"}},
        UpdateExpression="SET #v = :v",
        ExpressionAttributeNames={"#v": "value"},
        ExpressionAttributeValues={":v": {"S": "2"}},
    )
    written = {"id": {"S": "transaction"}, "value": {"S": "3"}}
    table.client.transact_write_items(TransactItems=[{"Put": {"TableName": table.name, "Item": written}}])
    statement = f"INSERT INTO \"{table.name}\" VALUE {{'id': 'partiql', 'value': '4'}}"
    table.client.execute_statement(Statement=statement)
    again = [{"Statement": statement.replace("partiql", "taken back")}, {"Statement": statement}]
    with pytest.raises(table.client.exceptions.TransactionCanceledException):
        table.client.execute_transaction(TransactStatements=again)
    found = table.read(table.window(start, table.later(minutes=20)))
    assert {id: line["NewImage"]["value"]["S"] for id, line in found.items()} == {
        "batch": "1",
        "updated": "2",
        "transaction": "3",
        "partiql": "4",
    }


def test_aws_limits_hold(table: Table) -> None:
    errors = table.client.exceptions
    with pytest.raises(errors.PointInTimeRecoveryUnavailableException):
        table.export()
    table.recovery()
    start = table.latest
    end = table.later(days=2)
    with pytest.raises(errors.ClientError, match="at least 15 minutes"):
        table.window(start, start + timedelta(minutes=14))
    with pytest.raises(errors.ClientError, match="at most 24 hours"):
        table.window(start, start + timedelta(hours=24, seconds=1))
    for odd in (start - timedelta(days=1), end + timedelta(hours=1)):
        with pytest.raises(errors.InvalidExportTimeException):
            table.export(ExportTime=odd)
    assert table.read(table.window(start, start + timedelta(hours=24))) == {}
    table.later(days=36)
    with pytest.raises(errors.InvalidExportTimeException):
        table.window(start, start + timedelta(hours=24))
    table.recovery(on=False)
    table.recovery()
    with pytest.raises(errors.InvalidExportTimeException):
        table.export(ExportTime=table.latest - timedelta(minutes=1))


def test_a_repeated_request_is_the_same_export(table: Table) -> None:
    table.recovery()
    first = table.export(ClientToken="one", ExportTime=table.latest)
    again = table.export(ClientToken="one", ExportTime=first["ExportTime"])
    assert again["ExportArn"] == first["ExportArn"]
    with pytest.raises(table.client.exceptions.ExportConflictException):
        table.export(ClientToken="one", ExportTime=table.later(hours=1))
    assert len(table.client.list_exports(TableArn=table.arn)["ExportSummaries"]) == 1
    table.later(hours=9)
    assert table.export(ClientToken="one", ExportTime=first["ExportTime"])["ExportArn"] != first["ExportArn"]


def test_history_survives_the_laptop(table: Table) -> None:
    table.recovery()
    table.put("kept", "1")
    start = table.later(minutes=1)
    table.put("kept", "2")
    end = table.later(minutes=20)
    before = table.window(start, end)
    table.laptop.down()
    table.laptop.up()
    assert table.read(table.client.describe_export(ExportArn=before["ExportArn"])["ExportDescription"]) == table.read(
        table.window(start, end)
    )
