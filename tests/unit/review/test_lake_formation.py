"""The review reads what a template grants by Lake Formation."""

from typing import Any

import pytest

from review.assembly import Stack
from review.change import Kind
from review.compare import changes
from review.outline import outline

ANALYST = {"Fn::GetAtt": ["Analyst", "Arn"]}


def permissions(resource: dict[str, Any], *held: str, grantable: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "Type": "AWS::LakeFormation::PrincipalPermissions",
        "Properties": {
            "Principal": {"DataLakePrincipalIdentifier": ANALYST},
            "Resource": resource,
            "Permissions": [*held],
            "PermissionsWithGrantOption": [*grantable],
        },
    }


def policy(*classes: str) -> dict[str, Any]:
    expression = [{"TagKey": "dev-layer", "TagValues": ["gold"]}, {"TagKey": "dev-class", "TagValues": [*classes]}]
    return {"LFTagPolicy": {"CatalogId": "1", "ResourceType": "TABLE", "Expression": expression}}


def told(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[tuple[Kind, str]]:
    sides = [(outline(Stack("governance", {"Resources": {"R": resource} if resource else {}}, True, {})),) for resource in (before, after)]
    return [(change.kind, change.what) for change in changes(*sides)]


def test_one_more_class_is_one_more_grant() -> None:
    assert told(permissions(policy("public"), "SELECT"), permissions(policy("public", "restricted"), "SELECT")) == [
        (
            Kind.WIDER,
            "grants of Lake Formation to <Analyst.Arn>: may SELECT on tables and columns with dev-layer = gold and dev-class = restricted",
        )
    ]
    assert [kind for kind, _ in told(permissions(policy("public", "internal"), "SELECT"), permissions(policy("public"), "SELECT"))] == [
        Kind.NARROWER
    ]


def test_grants_that_are_written_otherwise_are_no_difference() -> None:
    assert (
        told(
            permissions(policy("public", "internal"), "SELECT", "DESCRIBE"), permissions(policy("internal", "public"), "DESCRIBE", "SELECT")
        )
        == []
    )


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        ({"Database": {"CatalogId": "1", "Name": "default"}}, "the database default"),
        ({"Table": {"CatalogId": "1", "DatabaseName": "dev_gold", "TableWildcard": {}}}, "dev_gold.*"),
        ({"Table": {"CatalogId": "1", "DatabaseName": "dev_gold", "Name": "sales"}}, "dev_gold.sales"),
        ({"TableWithColumns": {"DatabaseName": "dev_gold", "Name": "sales", "ColumnNames": ["day"]}}, "dev_gold.sales: day"),
        (
            {"TableWithColumns": {"DatabaseName": "dev_gold", "Name": "sales", "ColumnWildcard": {"ExcludedColumnNames": ["email"]}}},
            "dev_gold.sales: all columns but email",
        ),
        (
            {"DataCellsFilter": {"DatabaseName": "dev_gold", "TableName": "sales", "Name": "north", "TableCatalogId": "1"}},
            "the data cells filter north of dev_gold.sales",
        ),
        ({"LFTag": {"TagKey": "dev-class", "TagValues": ["public"]}}, "the LF-tag dev-class = public"),
        ({"DataLocation": {"ResourceArn": "arn:aws:s3:::gold", "S3Resource": "x"}}, "the location arn:aws:s3:::gold"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_resource_is_named(resource: dict[str, Any], what: str) -> None:
    ((kind, text),) = told(None, permissions(resource, "SELECT"))
    assert kind is Kind.WIDER
    assert text.endswith(f"may SELECT on {what}")


def test_the_right_to_grant_is_told_apart() -> None:
    ((_, text),) = told(permissions(policy("public"), "SELECT"), permissions(policy("public"), "SELECT", grantable=("SELECT",)))
    assert "may grant SELECT on tables and columns with dev-layer = gold and dev-class = public" in text


def test_administrators_tags_and_filters_are_access_too() -> None:
    admin = {"Type": "AWS::LakeFormation::DataLakeSettings", "Properties": {"Admins": [{"DataLakePrincipalIdentifier": ANALYST}]}}
    tag = {
        "Type": "AWS::LakeFormation::TagAssociation",
        "Properties": {"Resource": {"Database": {"Name": "dev_gold"}}, "LFTags": [{"TagKey": "dev-class", "TagValues": ["public"]}]},
    }
    cells = {
        "Type": "AWS::LakeFormation::DataCellsFilter",
        "Properties": {
            "DatabaseName": "dev_gold",
            "TableName": "sales",
            "Name": "north",
            "ColumnNames": ["day"],
            "RowFilter": {"FilterExpression": "region = 'north'"},
        },
    }
    assert [text for resource in (admin, tag, cells) for _, text in told(None, resource)] == [
        "administrators of the data lake: <Analyst.Arn> may grant everything",
        "LF-tags of dev_gold: may be granted by dev-class = public",
        "data cells filter north of dev_gold.sales: may show day where region = 'north'",
    ]
