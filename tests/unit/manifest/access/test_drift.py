"""What an account holds, held against what contracts and personas ask for."""

from typing import Any

import pytest

from medallion.manifest.access.drift import Finding, access_drift
from medallion.manifest.access.expected import expected_state
from medallion.manifest.access.permissions import (
    IAM_ALLOWED_PRINCIPALS,
    Condition,
    DatabaseResource,
    Grant,
    LocationResource,
    State,
    TableResource,
    Tag,
    TagPolicyResource,
)
from medallion.manifest.model import Manifest
from tests.unit.manifest.access.test_row_filters import ENVIRONMENT, NAMES, filtered
from tests.unit.manifest.contracts_on_disk import Lake

ANALYST, STRANGER = NAMES.role_arn("acme-analyst"), NAMES.role_arn("stranger")
ORDERS = TableResource(database="acme_silver", table="orders")


def drift(manifest: Manifest, **changes: Any) -> list[tuple[str, str, str, str]]:
    found = expected_state(ENVIRONMENT, manifest).model_copy(update=changes)
    return [(each.kind, each.who, each.place, each.detail) for each in access_drift(ENVIRONMENT, manifest, found)]


def granted(manifest: Manifest, *more: Grant) -> tuple[Grant, ...]:
    return (*expected_state(ENVIRONMENT, manifest).grants, *more)


def select(principal: str, resource: Any = ORDERS) -> Grant:
    return Grant(principal=principal, resource=resource, permissions=("SELECT",))


def test_an_account_as_it_should_be_has_no_findings(lake: Lake) -> None:
    assert drift(filtered(lake, {"engineer": "id < 9"}).compile()) == []


def test_the_order_and_the_grouping_of_what_an_account_answers_mean_nothing(manifest: Manifest) -> None:
    grants = []
    for grant in expected_state(ENVIRONMENT, manifest).grants:
        resource = grant.resource
        if isinstance(resource, TagPolicyResource):
            turned = [Condition(key=each.key, values=each.values[::-1]) for each in resource.expression[::-1]]
            resource = TagPolicyResource(kind=resource.kind, expression=tuple(turned))
        grants += [grant.model_copy(update={"resource": resource, "permissions": (each,), "grantable": ()}) for each in grant.permissions]
        grants.append(grant.model_copy(update={"resource": resource, "permissions": ()}))
    assert drift(manifest, grants=tuple(grants[::-1])) == []


def test_a_lake_before_its_first_run_lacks_no_table(manifest: Manifest) -> None:
    empty: dict[str, Any] = {"tables": (), "table_tags": {}, "column_tags": {}}
    assert drift(manifest, **empty) == []


def test_a_grant_by_hand_is_told_with_what_it_opens(manifest: Manifest) -> None:
    assert drift(manifest, grants=granted(manifest, select(ANALYST))) == [
        ("opens", "analyst", "silver.orders.customer", "yes, and no by the contracts"),
        ("opens", "analyst", "silver.orders.total", "yes, and no by the contracts"),
        ("by hand", ANALYST, "acme_silver.orders", "SELECT"),
    ]
    assert drift(manifest, grants=granted(manifest, select(STRANGER))) == [("by hand", STRANGER, "acme_silver.orders", "SELECT")]


def test_a_place_of_tables_is_the_lakes_and_other_places_are_not(manifest: Manifest) -> None:
    def at(location: str) -> Grant:
        return Grant(principal=STRANGER, resource=LocationResource(location=location), permissions=("DATA_LOCATION_ACCESS",))

    place = NAMES.tables_arn("silver")
    assert drift(manifest, grants=granted(manifest, at(place), at("arn:aws:s3:::theirs"))) == [
        ("by hand", STRANGER, f"the location {place}", "DATA_LOCATION_ACCESS")
    ]
    kept = tuple(grant for grant in granted(manifest) if not isinstance(grant.resource, LocationResource))
    assert ("missing", NAMES.role_arn("acme-refine"), f"the location {place}", "DATA_LOCATION_ACCESS") in drift(manifest, grants=kept)


def test_grants_of_others_are_theirs(manifest: Manifest) -> None:
    theirs = select(STRANGER, TableResource(database="other", table="orders"))
    policy = TagPolicyResource(kind="TABLE", expression=(Condition(key="team", values=("a",)),))
    assert drift(manifest, grants=granted(manifest, theirs, select(STRANGER, policy))) == []


def test_what_lake_formation_grants_to_the_maker_of_a_table_is_not_by_hand(manifest: Manifest) -> None:
    maker = Grant(principal=NAMES.role_arn("acme-apply-contracts"), resource=ORDERS, permissions=("ALL", "DROP"), grantable=("ALL",))
    admin = Grant(principal=STRANGER, resource=DatabaseResource(database="acme_silver"), permissions=("ALL",))
    assert drift(manifest, grants=granted(manifest, maker, admin), admins=(STRANGER,)) == []


def test_where_iam_alone_decides_that_comes_first_and_once(manifest: Manifest) -> None:
    everybody = Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=ORDERS, permissions=("ALL",))
    found = drift(manifest, grants=granted(manifest, everybody))
    assert found == [("ungoverned", IAM_ALLOWED_PRINCIPALS, "acme_silver.orders", "holds ALL, so that IAM alone decides; revoke it")]


def test_a_grant_that_is_missing_is_told_with_what_it_closes(manifest: Manifest) -> None:
    left = tuple(grant for grant in granted(manifest) if grant.principal != ANALYST)
    found = drift(manifest, grants=left)
    assert ("closes", "analyst", "silver.orders.id", "no, and yes by the contracts") in found
    assert ("missing", ANALYST, "the database default", "DESCRIBE") not in found
    policy = "acme-class is internal or public and acme-layer is gold or silver"
    assert ("missing", ANALYST, policy, "DESCRIBE, SELECT") in found


@pytest.mark.parametrize(
    ("place", "tag", "finding"),
    [
        ("customer", "public", ("opens", "analyst", "silver.orders.customer", "yes, and no by the contracts")),
        ("id", "restricted", ("closes", "analyst", "silver.orders.id", "no, and yes by the contracts")),
    ],
    ids=["opened", "closed"],
)
def test_a_tag_by_hand_is_told_by_who_sees_more_or_less(
    manifest: Manifest, place: str, tag: str, finding: tuple[str, str, str, str]
) -> None:
    tags = {**expected_state(ENVIRONMENT, manifest).column_tags, ("acme_silver", "orders", place): (Tag(key="acme-class", value=tag),)}
    assert finding in drift(manifest, column_tags=tags)


def test_a_grant_by_tags_of_others_is_told_where_they_are_on_something_of_the_lake(manifest: Manifest) -> None:
    state = expected_state(ENVIRONMENT, manifest)
    place = ("acme_silver", "orders", "customer")
    tags = {**state.column_tags, place: (*state.column_tags.get(place, ()), Tag(key="team", value="sales"))}
    policies = [TagPolicyResource(kind="TABLE", expression=(Condition(key="team", values=(value,)),)) for value in ("sales", "finance")]
    found = drift(manifest, column_tags=tags, grants=granted(manifest, *(select(STRANGER, policy) for policy in policies)))
    assert [(kind, who, detail) for kind, who, _, detail in found] == [("by hand", STRANGER, "SELECT")]


def test_a_database_that_somebody_opened_opens_what_nobody_knows(manifest: Manifest) -> None:
    state = expected_state(ENVIRONMENT, manifest)
    opened = (Tag(key="acme-layer", value="silver"), Tag(key="acme-class", value="public"))
    found = drift(manifest, database_tags={**state.database_tags, "acme_silver": opened})
    assert ("opens", "analyst", "silver.(other tables).(any column)", "yes, and no by the contracts") in found


def test_the_filter_of_another_release_shows_other_rows(lake: Lake) -> None:
    before: State = expected_state(ENVIRONMENT, filtered(lake, {"engineer": "id < 9"}).compile())
    lake.table("silver/orders")["customProperties"][-1]["value"] = {"engineer": "id < 10"}
    found = access_drift(ENVIRONMENT, lake.compile(), before)
    assert (
        Finding(kind="rows", who="engineer", place="silver.orders.id", detail="rows where id < 9, and rows where id < 10 by the contracts")
        in found
    )
    assert {each.kind for each in found} == {"rows", "by hand", "missing"}
