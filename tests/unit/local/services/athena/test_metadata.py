"""What clients ask Athena before they query, answered as AWS does."""

from typing import Any, cast

import pytest

from local.service import Context, Json, ServiceError
from local.services.athena.catalog import Caller, matches
from local.services.athena.errors import NotAuthorized, SchemaNotFound
from local.services.athena.metadata import Metadata, catalog_name
from local.services.athena.state import Execution

TABLE = {"Name": "orders", "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}}


class Shop:
    """A catalog with one database and one table."""

    def databases(self) -> list[Json]:
        return [{"Name": f"shop_{number}", "Parameters": {}} for number in range(3)]

    def database(self, name: str) -> Json:
        if name == "closed":
            raise NotAuthorized("User: x is not authorized to perform: glue:GetDatabase")
        if name != "shop":
            raise SchemaNotFound(name)
        return {"Name": "shop", "Description": "A shop."}

    def table(self, database: str, table: str) -> Json:
        self.database(database)
        if table != "orders":
            raise LookupError(table)
        return TABLE

    def tables(self, database: str, pattern: str | None) -> list[Json]:
        self.database(database)
        return [TABLE]


SHOP = Metadata(lambda: cast(Caller, Shop()))


def context(answer: Json | None = None) -> Context:
    return Context("111111111111", "eu-west-1", "arn:aws:iam::111111111111:root", lambda request: answer or request)


def ask(operation: str, **request: Any) -> Json:
    return cast(Json, getattr(SHOP, operation)({"CatalogName": "awsdatacatalog", **request}, context()))


@pytest.mark.parametrize("name", ["AwsDataCatalog", "awsdatacatalog", "AWSDATACATALOG"])
def test_the_catalog_has_its_name_in_any_case(name: str) -> None:
    assert catalog_name(name) == "AwsDataCatalog"
    assert SHOP.data_catalog({"Name": name}, context()) == {"Name": "AwsDataCatalog"}
    assert ask("database", CatalogName=name, DatabaseName="shop") == {"Database": {"Name": "shop", "Description": "A shop."}}


@pytest.mark.parametrize("operation", ["database", "databases", "table", "tables"])
def test_another_catalog_is_refused(operation: str) -> None:
    with pytest.raises(ServiceError, match="Catalog 'dynamo' does not exist") as raised:
        ask(operation, CatalogName="dynamo", DatabaseName="shop", TableName="orders")
    assert raised.value.code == "InvalidRequestException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        pytest.param("table", {"DatabaseName": "shop", "TableName": "nope"}, id="a table"),
        pytest.param("table", {"DatabaseName": "nope", "TableName": "orders"}, id="the database of a table"),
        pytest.param("tables", {"DatabaseName": "nope"}, id="the database of tables"),
        pytest.param("database", {"DatabaseName": "nope"}, id="a database"),
    ],
)
def test_what_does_not_exist_has_the_envelope_that_drivers_look_for(operation: str, request_: Json) -> None:
    envelope = r"Entity Not Found \(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: .*\)$"
    with pytest.raises(ServiceError, match=envelope) as raised:
        ask(operation, **request_)
    assert raised.value.code == "MetadataException"


def test_what_may_not_be_seen_is_not_said_to_be_missing() -> None:
    with pytest.raises(ServiceError, match="not authorized") as raised:
        ask("tables", DatabaseName="closed")
    assert raised.value.code == "AccessDeniedException"


def test_a_long_list_comes_in_pages() -> None:
    first = ask("databases", MaxResults=2)
    second = ask("databases", MaxResults=2, NextToken=first["NextToken"])
    assert [database["Name"] for database in first["DatabaseList"] + second["DatabaseList"]] == ["shop_0", "shop_1", "shop_2"]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("workgroup", "enforced"),
    [
        pytest.param({"Name": "primary", "Configuration": {}}, False, id="primary"),
        pytest.param({"Name": "engineers", "Configuration": {}}, True, id="one that says nothing"),
        pytest.param({"Name": "analysts", "Configuration": {"EnforceWorkGroupConfiguration": False}}, False, id="one that says it"),
    ],
)
def test_a_workgroup_says_whether_its_settings_are_enforced(workgroup: Json, enforced: bool) -> None:
    answer = SHOP.workgroup({"WorkGroup": workgroup["Name"]}, context({"WorkGroup": workgroup}))
    assert answer["WorkGroup"]["Configuration"]["EnforceWorkGroupConfiguration"] is enforced


def test_the_engine_is_version_3() -> None:
    answer = SHOP.engine_versions({}, context())
    assert [version["SelectedEngineVersion"] for version in answer["EngineVersions"]] == ["AUTO", "Athena engine version 3"]


def test_a_query_has_the_same_times_and_bytes_in_both_answers() -> None:
    execution = Execution(text="SELECT 1", kind="DML", workgroup="w", database=None, output="s3://o", scanned_bytes=7)
    execution.begin()
    execution.end("SUCCEEDED")
    statistics = execution.runtime_statistics()
    assert execution.answer()["Statistics"] == {"DataScannedInBytes": 7, **statistics["Timeline"]}
    assert statistics["Rows"] == {"InputBytes": 7}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (None, True),
        ("orders_2024", True),
        ("orders", False),
        ("*", True),
        (".*", True),
        ("ord*4", True),
        ("*r*r*", True),
        ("o*orders_2024", False),
        ("orders_2024*2024", False),
        ("x*|orders.*", True),
        ("", False),
        ("(", False),
        ("(.|.|.|.|.|.|.|.)*x", False),
    ],
)
def test_a_pattern_knows_any_text_and_choices(pattern: str | None, *, fits: bool) -> None:
    assert matches(pattern, "orders_2024") is fits
