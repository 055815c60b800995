"""What Lake Formation's API answers is read as the values that the evaluator takes."""

from typing import Any

import pytest

from medallion.manifest.access.answers import filter_of, grant_of, resource_of
from medallion.manifest.access.permissions import (
    CatalogResource,
    ColumnsResource,
    Condition,
    DatabaseResource,
    Filter,
    FilterResource,
    LocationResource,
    Resource,
    TableResource,
    TagPolicyResource,
    TagResource,
)

TABLE = {"CatalogId": "1", "DatabaseName": "silver", "Name": "orders"}


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"Catalog": {}}, CatalogResource()),
        ({"Database": {"CatalogId": "1", "Name": "silver"}}, DatabaseResource(database="silver")),
        ({"Table": TABLE}, TableResource(database="silver", table="orders")),
        ({"Table": {**TABLE, "Name": "ALL_TABLES", "TableWildcard": {}}}, TableResource(database="silver", table="*")),
        ({"TableWithColumns": {**TABLE, "ColumnWildcard": {}}}, TableResource(database="silver", table="orders")),
        (
            {"TableWithColumns": {**TABLE, "ColumnWildcard": {"ExcludedColumnNames": ["email"]}}},
            ColumnsResource(database="silver", table="orders", columns=("email",), excluded=True),
        ),
        ({"TableWithColumns": {**TABLE, "ColumnNames": ["id"]}}, ColumnsResource(database="silver", table="orders", columns=("id",))),
        (
            {"DataCellsFilter": {"DatabaseName": "silver", "TableName": "orders", "Name": "north"}},
            FilterResource(database="silver", table="orders", name="north"),
        ),
        (
            {"LFTagPolicy": {"CatalogId": "1", "ResourceType": "TABLE", "Expression": [{"TagKey": "class", "TagValues": ["public"]}]}},
            TagPolicyResource(kind="TABLE", expression=(Condition(key="class", values=("public",)),)),
        ),
        ({"LFTag": {"TagKey": "class", "TagValues": ["public"]}}, TagResource(key="class", values=("public",))),
        ({"DataLocation": {"ResourceArn": "arn:aws:s3:::b"}}, LocationResource(location="arn:aws:s3:::b")),
        ({"LFTagPolicy": {"ResourceType": "TABLE", "ExpressionName": "saved"}}, None),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_every_kind_of_resource(answer: dict[str, Any], value: Resource | None) -> None:
    assert resource_of(answer) == value


def test_a_grant_on_something_unknown_is_none() -> None:
    answer = {"Principal": {"DataLakePrincipalIdentifier": "a"}, "Resource": {"LFTagExpression": {"Name": "x"}}, "Permissions": ["SELECT"]}
    assert grant_of(answer) is None


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (
            {"ColumnNames": ["id"], "RowFilter": {"FilterExpression": "id < 9"}},
            Filter(database="silver", table="orders", name="north", columns=("id",), rows="id < 9"),
        ),
        (
            {"ColumnWildcard": {"ExcludedColumnNames": ["email"]}, "RowFilter": {"AllRowsWildcard": {}}},
            Filter(database="silver", table="orders", name="north", excluded_columns=("email",)),
        ),
    ],
    ids=["columns and rows", "all but a column"],
)
def test_a_filter(answer: dict[str, Any], value: Filter) -> None:
    assert filter_of({"DatabaseName": "silver", "TableName": "orders", "Name": "north", **answer}) == value
