"""Tags: inherited, put on by who may, looked for. Filters: what their expressions can say."""

import pytest

from local.service import Json, ServiceError
from tests.unit.local.services.lakeformation.conftest import ADMIN, ANA, JOB, Formation, columns_of, database_of, table_of, tagged

TO_TAG = ("DESCRIBE", "ALTER", "DROP", "INSERT", "SELECT", "DELETE")


def tag(key: str, value: str) -> list[Json]:
    return [{"TagKey": key, "TagValues": [value]}]


@pytest.fixture
def tags(formation: Formation) -> Formation:
    """`shop` is restricted, and the column `id` of its orders is public."""
    formation.call("CreateLFTag", TagKey="Class", TagValues=["Public", "restricted"])
    formation.call("AddLFTagsToResource", Resource=database_of("shop"), LFTags=tag("class", "restricted"))
    formation.call("AddLFTagsToResource", Resource=columns_of("shop", "orders", "id"), LFTags=tag("class", "public"))
    return formation


def test_a_column_has_its_own_tag_or_what_it_inherits(tags: Formation) -> None:
    found = tags.call("GetResourceLFTags", Resource=table_of("shop", "orders"))
    assert {column["Name"]: column["LFTags"][0]["TagValues"] for column in found["LFTagsOnColumns"]} == {
        "id": ["public"],
        "email": ["restricted"],
        "region": ["restricted"],
        "day": ["restricted"],
    }
    own = tags.call("GetResourceLFTags", Resource=table_of("shop", "orders"), ShowAssignedLFTags=True)
    assert [column["Name"] for column in own["LFTagsOnColumns"]] == ["id"]
    assert own["LFTagsOnTable"] == []


def test_a_tag_opens_what_carries_it(tags: Formation) -> None:
    tags.grant(ANA, tagged("TABLE", CLASS=["Public"]), "SELECT")
    access = tags.governing.table(ANA, "shop", "orders")
    assert access is not None
    assert access.seen == ("id",)
    tags.call("RemoveLFTagsFromResource", Resource=columns_of("shop", "orders", "id"), LFTags=tag("class", "public"))
    access = tags.governing.table(ANA, "shop", "orders")
    assert access is not None
    assert access.seen == ()


def test_tables_are_found_by_the_tags_of_their_columns(tags: Formation) -> None:
    [found] = tags.call("SearchTablesByLFTags", Expression=tag("class", "public"))["TableList"]
    assert (found["Table"]["Name"], [column["Name"] for column in found["LFTagsOnColumns"]]) == ("orders", ["id"])
    assert tags.call("SearchTablesByLFTags", ANA, Expression=tag("class", "public"))["TableList"] == []


def test_to_put_a_tag_on_takes_it_and_all_of_the_table(tags: Formation) -> None:
    resource = table_of("shop", "orders")
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        tags.call("AddLFTagsToResource", JOB, Resource=resource, LFTags=tag("class", "public"))
    tags.grant(JOB, resource, *TO_TAG, grantable=True)
    [failure] = tags.call("AddLFTagsToResource", JOB, Resource=resource, LFTags=tag("class", "public"))["Failures"]
    assert failure["Error"] == {
        "ErrorCode": "AccessDeniedException",
        "ErrorMessage": "Insufficient Lake Formation permission(s): Required Associate on class",
    }
    tags.grant(JOB, {"LFTag": {"TagKey": "class", "TagValues": ["public"]}}, "ASSOCIATE")
    assert tags.call("AddLFTagsToResource", JOB, Resource=resource, LFTags=tag("class", "public")) == {}
    assert "Failures" in tags.call("AddLFTagsToResource", JOB, Resource=resource, LFTags=tag("class", "restricted"))


def test_one_tag_that_fails_leaves_the_others(tags: Formation) -> None:
    wanted = [*tag("class", "nope"), *tag("class", "public"), *tag("other", "x")]
    answer = tags.call("AddLFTagsToResource", Resource=table_of("shop", "items"), LFTags=wanted)
    assert [failure["Error"]["ErrorMessage"] for failure in answer["Failures"]] == ["Tag value not found: nope", "Tag key not found: other"]
    assert tags.lake.assigned["shop", "items"] == {"class": "public"}


def test_tags_are_made_by_who_may_and_seen_by_who_holds_them(tags: Formation) -> None:
    with pytest.raises(ServiceError, match="Required Create Lf Tag on Catalog"):
        tags.call("CreateLFTag", ANA, TagKey="mine", TagValues=["a"])
    tags.grant(ANA, {"Catalog": {}}, "CREATE_LF_TAG")
    tags.call("CreateLFTag", ANA, TagKey="mine", TagValues=["a"])
    assert [each["TagKey"] for each in tags.call("ListLFTags", ANA)["LFTags"]] == ["mine"]
    tags.call("UpdateLFTag", ANA, TagKey="mine", TagValuesToAdd=["b"], TagValuesToDelete=["a"])
    assert tags.call("GetLFTag", ADMIN, TagKey="mine")["TagValues"] == ["b"]
    with pytest.raises(ServiceError, match="AccessDenied"):
        tags.call("GetLFTag", ANA, TagKey="class")


def test_a_tag_that_is_deleted_takes_what_it_opened_with_it(tags: Formation) -> None:
    tags.grant(ANA, tagged("TABLE", **{"class": ["public"]}), "SELECT")
    tags.call("DeleteLFTag", TagKey="class")
    assert tags.lake.state().grants == tuple(grant for grant in tags.lake.state().grants if grant.principal != ANA)
    assert not any(tags.lake.assigned.values())


def filtered(rows: str | None, **columns: object) -> Json:
    seen: Json = columns or {"ColumnWildcard": {}}
    kept: Json = {"AllRowsWildcard": {}} if rows is None else {"FilterExpression": rows}
    return {"TableCatalogId": "111111111111", "DatabaseName": "shop", "TableName": "orders", "Name": "some", "RowFilter": kept, **seen}


def test_a_filter_shows_its_columns_of_its_rows(formation: Formation) -> None:
    formation.call("CreateDataCellsFilter", TableData=filtered("region = 'north'", ColumnNames=["id", "region"]))
    name = {key: value for key, value in filtered(None).items() if key in {"TableCatalogId", "DatabaseName", "TableName", "Name"}}
    formation.grant(ANA, {"DataCellsFilter": name}, "SELECT")
    access = formation.governing.table(ANA, "shop", "orders")
    assert access is not None
    assert (access.seen, access.rows) == (("id", "region"), ("region = 'north'",))
    with pytest.raises(ServiceError, match="AlreadyExistsException"):
        formation.call("CreateDataCellsFilter", TableData=filtered(None))
    assert formation.call("GetDataCellsFilter", **name)["DataCellsFilter"]["ColumnNames"] == ["id", "region"]
    assert len(formation.call("ListDataCellsFilter", Table={"DatabaseName": "shop", "Name": "orders"})["DataCellsFilters"]) == 1
    with pytest.raises(ServiceError, match="AccessDenied"):
        formation.call("DeleteDataCellsFilter", ANA, **name)
    formation.call("DeleteDataCellsFilter", **name)
    access = formation.governing.table(ANA, "shop", "orders")
    assert access is not None
    assert not access.described


@pytest.mark.parametrize(
    "rows",
    [
        "id = 1",
        "ID >= -1.5 AND (region <> 'it''s' OR NOT email LIKE '%@x')",
        "region IN ('a', 'b') AND id NOT BETWEEN 1 AND 2",
        '"region" IS NOT NULL',
        "true",
    ],
)
def test_an_expression_compares_columns_with_constants(formation: Formation, rows: str) -> None:
    formation.call("CreateDataCellsFilter", TableData=filtered(rows))


@pytest.mark.parametrize(
    "rows",
    [
        "id = (SELECT 1)",
        "exists (select 1 from other)",
        "lower(region) = 'a'",
        "id = id",
        "1 = id",
        "id + 1 = 2",
        "day = '2024-01-01'",
        "nope = 1",
        "id = 1; drop",
        "id = 1 -- x",
        "id = 1) OR (id = 2",
        "id NOT = 1",
        'region = "north"',
        "region = 'open",
        "",
        f"id = 1 OR region = '{'x' * 2048}'",
    ],
)
def test_an_expression_that_says_more_is_refused(formation: Formation, rows: str) -> None:
    with pytest.raises(ServiceError, match="InvalidInputException"):
        formation.call("CreateDataCellsFilter", TableData=filtered(rows))
