"""What Glue's API shows and lets be done, and who is governed at all."""

from typing import Any

import pytest

from local.service import Json, ServiceError
from tests.unit.local.services.lakeformation.conftest import ADMIN, ANA, JOB, ROOT, Formation, columns_of, database_of, session, table_of

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


def test_a_session_has_the_permissions_of_its_role_whatever_its_path(formation: Formation) -> None:
    formation.grant(JOB, table_of("shop", "orders"), "SELECT")
    access = formation.governing.table(session(JOB), "shop", "orders")
    assert access is not None
    assert access.whole
    assert access.seen


def test_root_and_what_is_free_are_not_governed(formation: Formation) -> None:
    assert formation.governing.table(ROOT, "shop", "orders") is None
    assert formation.governing.table(session(ANA), "free", "notes") is None
    assert formation.governing.permissions(session(ANA), "free") is None
    assert formation.governing.governed_databases() == {"shop"}


def test_a_table_covers_columns_to_come_and_named_columns_do_not(formation: Formation) -> None:
    formation.grant(ANA, columns_of("shop", "orders", "id", "email", "region", "day"), "SELECT")
    access = formation.governing.table(session(ANA), "shop", "orders")
    assert access is not None
    assert access.whole
    assert not formation.governing.covers(session(ANA), "shop", "orders")
    formation.grant(ANA, table_of("shop", "orders"), "SELECT")
    assert formation.governing.covers(session(ANA), "shop", "orders")


def test_a_database_is_seen_by_who_sees_something_in_it(formation: Formation) -> None:
    listed = {"DatabaseList": [{"Name": "shop"}, {"Name": "free"}]}
    assert [each["Name"] for each in formation.glue("GetDatabases", ANA, listed)["DatabaseList"]] == ["free"]
    with pytest.raises(
        ServiceError, match=r"AccessDeniedException: Insufficient Lake Formation permission\(s\): Required Describe on shop"
    ):
        formation.glue("GetDatabase", ANA, {"Database": {"Name": "shop"}}, Name="shop")
    formation.grant(ANA, columns_of("shop", "orders", "id"), "SELECT")
    assert [each["Name"] for each in formation.glue("GetDatabases", ANA, listed)["DatabaseList"]] == ["shop", "free"]


def shown(formation: Formation, by: str) -> dict[str, list[str]]:
    tables = [table for table in formation.records.glue_tables() if table["DatabaseName"] == "shop"]
    answer = formation.glue("GetTables", by, {"TableList": tables}, DatabaseName="shop")["TableList"]
    return {table["Name"]: [column["Name"] for column in table["StorageDescriptor"]["Columns"]] for table in answer}


def test_a_table_is_shown_with_the_columns_that_are_seen(formation: Formation) -> None:
    formation.grant(ANA, columns_of("shop", "orders", "id", "region"), "SELECT")
    assert shown(formation, ANA) == {"orders": ["id", "region"]}
    assert shown(formation, ADMIN) == {"orders": ["id", "email", "region", "day"], "items": ["id"]}
    with pytest.raises(ServiceError, match="Required Describe on items"):
        formation.glue("GetTable", ANA, {"Table": formation.records.tables["shop", "items"]}, DatabaseName="shop", Name="items")


@pytest.mark.parametrize("operation", ["GetPartitions", "GetPartition", "BatchGetPartition", "GetPartitionIndexes"])
def test_partitions_are_told_to_who_sees_all(formation: Formation, operation: str) -> None:
    formation.grant(ANA, columns_of("shop", "orders", "id"), "SELECT")
    with pytest.raises(ServiceError, match="Required Select on orders"):
        formation.glue(operation, ANA, DatabaseName="shop", TableName="orders")


def test_statistics_are_told_of_columns_that_are_seen(formation: Formation) -> None:
    formation.grant(ANA, columns_of("shop", "orders", "id"), "SELECT")
    asked: dict[str, Any] = {"DatabaseName": "shop", "TableName": "orders"}
    formation.glue("GetColumnStatisticsForTable", ANA, ColumnNames=["id"], **asked)
    with pytest.raises(ServiceError, match="Required Select"):
        formation.glue("GetColumnStatisticsForTable", ANA, ColumnNames=["id", "email"], **asked)


CHANGES: dict[str, tuple[Json, Json, str]] = {
    "CreateTable": ({"DatabaseName": "shop", "TableInput": {"Name": "new"}}, database_of("shop"), "CREATE_TABLE"),
    "UpdateTable": ({"DatabaseName": "shop", "TableInput": {"Name": "orders"}}, table_of("shop", "orders"), "ALTER"),
    "DeleteTable": ({"DatabaseName": "shop", "Name": "orders"}, table_of("shop", "orders"), "DROP"),
    "BatchDeleteTable": ({"DatabaseName": "shop", "TablesToDelete": ["orders"]}, table_of("shop", "orders"), "DROP"),
    "BatchCreatePartition": ({"DatabaseName": "shop", "TableName": "orders"}, table_of("shop", "orders"), "INSERT"),
    "UpdateColumnStatisticsForTable": ({"DatabaseName": "shop", "TableName": "orders"}, table_of("shop", "orders"), "ALTER"),
    "UpdateDatabase": ({"Name": "shop", "DatabaseInput": {"Name": "shop"}}, database_of("shop"), "ALTER"),
    "DeleteDatabase": ({"Name": "shop"}, database_of("shop"), "DROP"),
}


@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_takes_its_permission(formation: Formation, operation: str) -> None:
    request, resource, permission = CHANGES[operation]
    with pytest.raises(ServiceError, match="Insufficient Lake Formation permission"):
        formation.glue(operation, ANA, **request)
    formation.grant(ANA, resource, permission)
    formation.glue(operation, ANA, **request)


def test_who_makes_a_table_may_do_all_with_it(formation: Formation) -> None:
    formation.grant(JOB, database_of("shop"), "CREATE_TABLE")
    formation.records.make("shop", "new", id="bigint")
    formation.glue("CreateTable", JOB, DatabaseName="shop", TableInput={"Name": "new"})
    formation.grant(ANA, table_of("shop", "new"), "SELECT", by=JOB)


def test_who_makes_databases_needs_it_once_iam_alone_does_not_decide(formation: Formation) -> None:
    made: Json = {"DatabaseInput": {"Name": "mine"}}
    formation.records.make("mine")
    formation.glue("CreateDatabase", ANA, **made)
    everybody = {"DataLakePrincipalIdentifier": EVERYBODY}
    formation.call("RevokePermissions", Principal=everybody, Resource={"Catalog": {}}, Permissions=["CREATE_DATABASE"])
    with pytest.raises(ServiceError, match="Required Create Database on Catalog"):
        formation.glue("CreateDatabase", ANA, **made)


def test_a_table_elsewhere_needs_the_location(formation: Formation) -> None:
    formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake", RoleArn=JOB)
    formation.grant(ANA, database_of("shop"), "CREATE_TABLE")
    made = {"Name": "new", "StorageDescriptor": {"Location": "s3://lake/elsewhere/new"}}
    with pytest.raises(ServiceError, match=r"Insufficient Lake Formation permission\(s\) on s3://lake/elsewhere/new"):
        formation.glue("CreateTable", ANA, DatabaseName="shop", TableInput=made)
    formation.grant(ANA, {"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/elsewhere"}}, "DATA_LOCATION_ACCESS")
    formation.glue("CreateTable", ANA, DatabaseName="shop", TableInput=made)


def test_a_table_is_changed_by_who_has_its_location_too(formation: Formation) -> None:
    """The strictest reading of AWS's guide: whom a template grants ALTER without the location is refused here rather than there."""
    formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake", RoleArn=JOB)
    formation.grant(ANA, table_of("shop", "orders"), "ALTER")
    made = {"Name": "orders", "StorageDescriptor": {"Location": "s3://lake/shop/orders"}}
    with pytest.raises(ServiceError, match=r"Insufficient Lake Formation permission\(s\) on s3://lake/shop/orders"):
        formation.glue("UpdateTable", ANA, DatabaseName="shop", TableInput=made)
    formation.grant(ANA, {"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/shop"}}, "DATA_LOCATION_ACCESS")
    formation.glue("UpdateTable", ANA, DatabaseName="shop", TableInput=made)


def test_icebergs_catalog_gives_whole_tables_and_changes_none(formation: Formation) -> None:
    allows = formation.guard.allows_iceberg
    formation.grant(ANA, columns_of("shop", "orders", "id"), "SELECT")
    formation.grant(ANA, table_of("shop", "items"), "SELECT")
    assert allows(session(ANA), "GET", "shop", "items")
    assert not allows(session(ANA), "GET", "shop", "orders")
    assert not allows(session(ANA), "POST", "shop", "items")
    assert not allows(session(ANA), "GET", "", "")
    assert allows(session(ANA), "POST", "free", "notes")
    assert allows(ROOT, "POST", "shop", "orders")


def test_a_location_is_read_by_its_role(formation: Formation) -> None:
    formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake/shop/", RoleArn=JOB)
    assert formation.governing.reader("s3://lake/shop/orders/metadata/v1.json") == JOB
    assert formation.governing.reader("s3://lake/shopping/x") is None
    with pytest.raises(ServiceError, match="AlreadyExistsException"):
        formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake/shop", RoleArn=JOB)
    with pytest.raises(ServiceError, match="no PassRole"):
        formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake/other", RoleArn=ADMIN)
    with pytest.raises(ServiceError, match="no service-linked roles"):
        formation.call("RegisterResource", ResourceArn="arn:aws:s3:::lake/other", UseServiceLinkedRole=True)
    formation.call("DeregisterResource", ResourceArn="arn:aws:s3:::lake/shop")
    assert formation.call("ListResources")["ResourceInfoList"] == []


def test_what_the_laptop_has_not_is_refused(formation: Formation) -> None:
    with pytest.raises(ServiceError, match="UnsupportedOperationException"):
        formation.call("CreateLakeFormationOptIn")
