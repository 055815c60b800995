"""What Lake Formation is asked, and what becomes of its refusals; its answers are botocore's model's, as moto keeps one tag a resource."""

from typing import Any

import pytest
from botocore.stub import Stubber

from medallion.govern.actions import DropFilter, MakeFilter, Permit, PutTags, Revoke, TakeTags
from medallion.govern.applying import MOST_COLUMNS, apply, described
from medallion.govern.lake_formation import TRIES, LakeFormation
from medallion.govern.reading import read_state
from medallion.manifest.access.permissions import (
    IAM_ALLOWED_PRINCIPALS,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    State,
    Table,
    TableResource,
    Tag,
)
from medallion.manifest.errors import Terminal, Transient
from medallion.manifest.names import Names

NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
ANALYST = "arn:aws:iam::222222222222:role/dev-analyst"
NORTH = Filter(database="dev_silver", table="orders", name="dev-analyst-0a1b", columns=("id", "region"), rows="region = 'north'")
ON_NORTH = Grant(
    principal=ANALYST,
    resource=FilterResource(database="dev_silver", table="orders", name=NORTH.name),
    permissions=("SELECT",),
)
TABLE = {"Table": {"CatalogId": NAMES.account, "DatabaseName": "dev_silver", "Name": "orders"}}
CELLS = {"TableCatalogId": NAMES.account, "DatabaseName": "dev_silver", "TableName": "orders", "Name": NORTH.name}


def pair(key: str, value: str) -> dict[str, Any]:
    return {"CatalogId": NAMES.account, "TagKey": key, "TagValues": [value]}


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def lake_formation(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> LakeFormation:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return LakeFormation(NAMES, waits.append)


@pytest.fixture
def api(lake_formation: LakeFormation) -> Stubber:
    stubber = Stubber(lake_formation.client)
    stubber.activate()
    return stubber


def on_columns(*columns: str) -> dict[str, Any]:
    return {"TableWithColumns": {**TABLE["Table"], "ColumnNames": list(columns)}}


def test_each_thing_is_one_call_and_grants_go_together(lake_formation: LakeFormation, api: Stubber) -> None:
    entry = {
        "Id": "0",
        "Principal": {"DataLakePrincipalIdentifier": ANALYST},
        "Resource": {"DataCellsFilter": CELLS},
        "Permissions": ["SELECT"],
        "PermissionsWithGrantOption": [],
    }
    data = {**CELLS, "RowFilter": {"FilterExpression": "region = 'north'"}, "ColumnNames": ["id", "region"]}
    calls = (
        ("batch_revoke_permissions", {"Entries": [entry, {**entry, "Id": "1"}]}),
        ("delete_data_cells_filter", CELLS),
        ("remove_lf_tags_from_resource", {"Resource": TABLE, "LFTags": [pair("dev-rows-analyst", "open")]}),
        ("add_lf_tags_to_resource", {"Resource": on_columns("id", "total"), "LFTags": [pair("dev-class", "internal")]}),
        ("create_data_cells_filter", {"TableData": data}),
        ("batch_grant_permissions", {"Entries": [entry]}),
    )
    for operation, request in calls:
        api.add_response(operation, {}, request)
    place = {"database": "dev_silver", "table": "orders"}
    apply(
        lake_formation,
        [
            Revoke(grant=ON_NORTH),
            Revoke(grant=ON_NORTH),
            DropFilter(filter=NORTH),
            TakeTags(**place, tags=(Tag(key="dev-rows-analyst", value="open"),)),
            PutTags(**place, columns=("id", "total"), tags=(Tag(key="dev-class", value="internal"),)),
            MakeFilter(filter=NORTH),
            Permit(grant=ON_NORTH),
        ],
    )
    api.assert_no_pending_responses()


def test_many_columns_are_more_than_one_call(lake_formation: LakeFormation, api: Stubber) -> None:
    columns = tuple(f"c{number:03}" for number in range(MOST_COLUMNS + 1))
    for some in (columns[:MOST_COLUMNS], columns[MOST_COLUMNS:]):
        api.add_response("add_lf_tags_to_resource", {}, {"Resource": on_columns(*some), "LFTags": [pair("dev-class", "public")]})
    apply(lake_formation, [PutTags(database="dev_silver", table="orders", columns=columns, tags=(Tag(key="dev-class", value="public"),))])
    api.assert_no_pending_responses()


def test_what_others_change_just_now_is_tried_again_later_and_later(
    lake_formation: LakeFormation, api: Stubber, waits: list[float]
) -> None:
    api.add_client_error("add_lf_tags_to_resource", "ConcurrentModificationException")
    # Some failures come with status 200.
    api.add_response("add_lf_tags_to_resource", {"Failures": [{"Error": {"ErrorCode": "ConcurrentModificationException"}}]})
    api.add_response("add_lf_tags_to_resource", {"Failures": []})
    apply(lake_formation, [PutTags(database="dev_silver", table="orders", tags=(Tag(key="dev-rows-analyst", value="open"),))])
    assert waits == sorted(waits)
    assert len(set(waits)) == 2


def test_of_a_batch_only_what_failed_is_tried_again(lake_formation: LakeFormation, api: Stubber) -> None:
    def entry(number: int) -> dict[str, Any]:
        resource = {"Database": {"CatalogId": NAMES.account, "Name": f"dev_{number}"}}
        return {
            "Id": str(number),
            "Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED_PRINCIPALS},
            "Resource": resource,
            "Permissions": ["ALL"],
            "PermissionsWithGrantOption": [],
        }

    failure = {"RequestEntry": entry(1), "Error": {"ErrorCode": "ConcurrentModificationException"}}
    api.add_response("batch_revoke_permissions", {"Failures": [failure]}, {"Entries": [entry(0), entry(1)]})
    api.add_response("batch_revoke_permissions", {}, {"Entries": [entry(1)]})
    grants = [
        Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=DatabaseResource(database=f"dev_{number}"), permissions=("ALL",))
        for number in range(2)
    ]
    apply(lake_formation, [Revoke(grant=grant) for grant in grants])
    api.assert_no_pending_responses()


def test_a_refusal_is_an_error_at_once_and_one_that_does_not_end_after_some_tries(lake_formation: LakeFormation, api: Stubber) -> None:
    action = PutTags(database="dev_silver", table="orders", tags=(Tag(key="dev-rows-analyst", value="open"),))
    api.add_client_error("add_lf_tags_to_resource", "AccessDeniedException")
    with pytest.raises(Terminal, match="add_lf_tags_to_resource: AccessDeniedException"):
        apply(lake_formation, [action])
    api.add_response("add_lf_tags_to_resource", {"Failures": [{"Error": {"ErrorCode": "EntityNotFoundException"}}]})
    with pytest.raises(Terminal, match="EntityNotFoundException"):
        apply(lake_formation, [action])
    for _ in range(TRIES):
        api.add_client_error("add_lf_tags_to_resource", "ConcurrentModificationException")
    with pytest.raises(Transient, match="run again"):
        apply(lake_formation, [action])


def test_what_is_gone_or_there_already_is_done(lake_formation: LakeFormation, api: Stubber) -> None:
    api.add_client_error("delete_data_cells_filter", "EntityNotFoundException")
    api.add_client_error("create_data_cells_filter", "AlreadyExistsException")
    api.add_client_error("remove_lf_tags_from_resource", "EntityNotFoundException")
    tag = Tag(key="dev-class", value="public")
    apply(
        lake_formation,
        [DropFilter(filter=NORTH), MakeFilter(filter=NORTH), TakeTags(database="dev_silver", table="orders", columns=("id",), tags=(tag,))],
    )
    api.assert_no_pending_responses()


def test_a_column_that_is_gone_keeps_no_other_open(lake_formation: LakeFormation, api: Stubber) -> None:
    tags = [pair("dev-class", "public")]

    def taken(*columns: str) -> dict[str, Any]:
        return {"Resource": on_columns(*columns), "LFTags": tags}

    failure = {"LFTag": tags[0], "Error": {"ErrorCode": "EntityNotFoundException"}}
    take = TakeTags(database="dev_silver", table="orders", columns=("gone", "id"), tags=(Tag(key="dev-class", value="public"),))
    # Lake Formation may refuse the call, or a tag of it.
    api.add_client_error("remove_lf_tags_from_resource", "EntityNotFoundException", expected_params=taken("gone", "id"))
    api.add_client_error("remove_lf_tags_from_resource", "EntityNotFoundException", expected_params=taken("gone"))
    api.add_response("remove_lf_tags_from_resource", {}, taken("id"))
    apply(lake_formation, [take])
    api.add_response("remove_lf_tags_from_resource", {"Failures": [failure]}, taken("gone", "id"))
    api.add_response("remove_lf_tags_from_resource", {"Failures": [failure]}, taken("gone"))
    api.add_response("remove_lf_tags_from_resource", {}, taken("id"))
    apply(lake_formation, [take])
    api.assert_no_pending_responses()


def test_the_state_is_what_the_catalog_and_lake_formation_answer(lake_formation: LakeFormation, api: Stubber) -> None:
    glue = Stubber(lake_formation.glue)
    columns = [
        {"Name": "id"},
        {"Name": "region"},
        {"Name": "left", "Parameters": {"iceberg.field.current": "false"}},
    ]
    glue.add_response(
        "get_tables", {"TableList": [{"Name": "orders", "StorageDescriptor": {"Columns": columns}}]}, {"DatabaseName": "dev_silver"}
    )
    glue.activate()
    api.add_response(
        "get_resource_lf_tags",
        {
            # What is inherited is not asked for.
            "LFTagsOnTable": [pair("dev-rows-analyst", "open")],
            "LFTagsOnColumns": [{"Name": "id", "LFTags": [pair("dev-class", "public")]}, {"Name": "region", "LFTags": [pair("a", "b")]}],
        },
        {"Resource": TABLE, "ShowAssignedLFTags": True},
    )
    api.add_response(
        "list_data_cells_filter",
        {"DataCellsFilters": [], "NextToken": "more"},
        {"Table": TABLE["Table"]},
    )
    data = {**CELLS, "RowFilter": {"FilterExpression": "region = 'north'"}, "ColumnNames": ["id", "region"]}
    api.add_response("list_data_cells_filter", {"DataCellsFilters": [data]}, {"Table": TABLE["Table"], "NextToken": "more"})
    everybody = {"Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED_PRINCIPALS}, "Permissions": ["ALL"]}
    others = {"Principal": {"DataLakePrincipalIdentifier": ANALYST}, "Permissions": ["SELECT"], "Resource": TABLE}
    api.add_response("list_permissions", {"PrincipalResourcePermissions": [{**everybody, "Resource": TABLE}, others]}, {"Resource": TABLE})
    cells = {"DataCellsFilter": CELLS}
    api.add_response("list_permissions", {"PrincipalResourcePermissions": [{**others, "Resource": cells}]}, {"Resource": cells})
    database = {"Database": {"CatalogId": NAMES.account, "Name": "dev_silver"}}
    api.add_response(
        "list_permissions",
        {"PrincipalResourcePermissions": [{**everybody, "Resource": database}, {**everybody, "Resource": TABLE}]},
        {"Resource": database},
    )
    every = {"Table": {"CatalogId": NAMES.account, "DatabaseName": "dev_silver", "TableWildcard": {}}}
    api.add_response("list_permissions", {"PrincipalResourcePermissions": [{**everybody, "Resource": every}]}, {"Resource": every})
    assert read_state(lake_formation, ["dev_silver"]) == State(
        tables=(Table(database="dev_silver", name="orders", columns=("id", "region")),),
        table_tags={("dev_silver", "orders"): (Tag(key="dev-rows-analyst", value="open"),)},
        column_tags={
            ("dev_silver", "orders", "id"): (Tag(key="dev-class", value="public"),),
            ("dev_silver", "orders", "region"): (Tag(key="a", value="b"),),
        },
        filters=(NORTH,),
        grants=(
            Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=DatabaseResource(database="dev_silver"), permissions=("ALL",)),
            Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=TableResource(database="dev_silver", table="*"), permissions=("ALL",)),
            Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=TableResource(database="dev_silver", table="orders"), permissions=("ALL",)),
            ON_NORTH,
        ),
    )
    api.assert_no_pending_responses()


def test_no_value_of_a_row_filter_reaches_the_log() -> None:
    lines = list(described([MakeFilter(filter=NORTH), Permit(grant=ON_NORTH), DropFilter(filter=NORTH), Revoke(grant=ON_NORTH)]))
    assert [line["change"] for line in lines] == ["made", "granted", "dropped", "revoked"]
    assert "north" not in str(lines)
