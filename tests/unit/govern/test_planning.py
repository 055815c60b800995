"""What has to be done so that Lake Formation holds what contracts say: what closes comes first, and what is others' is left alone."""

import pytest

from medallion.govern.actions import Action, DropFilter, MakeFilter, Permit, PutTags, Revoke, TakeTags
from medallion.govern.planning import AccessPlan, access_plan
from medallion.manifest.access.permissions import (
    IAM_ALLOWED_PRINCIPALS,
    ColumnsResource,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    State,
    Table,
    TableResource,
    Tag,
)

CLASS, ROWS = "dev-class", "dev-rows-analyst"
STRICTNESS = {CLASS: ("public", "internal", "confidential", "restricted"), ROWS: ("open", "filtered")}
ORDERS = Table(database="dev_silver", name="orders", columns=("id", "email", "total", "region"))
ANALYST = "arn:aws:iam::222222222222:role/dev-analyst"
NORTH = Filter(database="dev_silver", table="orders", name="dev-analyst-0a1b", columns=("id", "region"), rows="region = 'north'")
SOUTH = NORTH.model_copy(update={"name": "dev-analyst-9f8e", "rows": "region = 'south'"})


def of_columns(**classes: str) -> dict[tuple[str, str, str], tuple[Tag, ...]]:
    return {("dev_silver", "orders", name): (Tag(key=CLASS, value=value),) for name, value in classes.items()}


def on(each: Filter, principal: str = ANALYST) -> Grant:
    place = FilterResource(database=each.database, table=each.table, name=each.name)
    return Grant(principal=principal, resource=place, permissions=("SELECT",))


def plan(wanted: State, found: State) -> AccessPlan:
    return access_plan(wanted, found, STRICTNESS, "dev-")


def put(*columns: str, **tags: str) -> PutTags:
    return PutTags(database="dev_silver", table="orders", columns=columns, tags=tags_of(**tags))


def take(*columns: str, **tags: str) -> TakeTags:
    return TakeTags(database="dev_silver", table="orders", columns=columns, tags=tags_of(**tags))


def tags_of(**tags: str) -> tuple[Tag, ...]:
    return tuple(Tag(key={"class_": CLASS, "rows": ROWS}[name], value=value) for name, value in tags.items())


@pytest.mark.parametrize(
    ("wanted", "found", "closing", "opening"),
    [
        pytest.param({"id": "public", "total": "public"}, {}, [], [put("id", "total", class_="public")], id="opened together"),
        pytest.param({}, {"email": "internal"}, [take("email", class_="internal")], [], id="no longer opened"),
        pytest.param({"email": "confidential"}, {"email": "internal"}, [put("email", class_="confidential")], [], id="stricter"),
        pytest.param({"email": "internal"}, {"email": "confidential"}, [], [put("email", class_="internal")], id="less strict"),
        pytest.param({"email": "internal"}, {"email": "secret"}, [put("email", class_="internal")], [], id="a value of nobody's"),
        pytest.param({"id": "public"}, {"id": "public"}, [], [], id="as it is"),
        pytest.param({"new": "public"}, {}, [], [], id="a column that is not there yet"),
        pytest.param({"gone": "public"}, {"gone": "public"}, [take("gone", class_="public")], [], id="a column that was dropped"),
    ],
)
def test_a_column_s_class_follows_its_contract(
    wanted: dict[str, str], found: dict[str, str], closing: list[Action], opening: list[Action]
) -> None:
    made = plan(State(column_tags=of_columns(**wanted)), State(tables=(ORDERS,), column_tags=of_columns(**found)))
    assert (list(made.closing), list(made.opening)) == (closing, opening)


def test_a_table_that_a_contract_begins_to_filter_is_closed_before_its_filter_is_made() -> None:
    found = State(tables=(ORDERS,), table_tags={("dev_silver", "orders"): tags_of(rows="open")})
    made = plan(State(filters=(NORTH,), grants=(on(NORTH),)), found)
    assert list(made.closing) == [take(rows="open")]
    assert list(made.opening) == [MakeFilter(filter=NORTH), Permit(grant=on(NORTH))]


def test_a_filter_that_changes_is_another_one_and_the_old_one_goes_first() -> None:
    found = State(tables=(ORDERS,), filters=(NORTH,), grants=(on(NORTH),))
    made = plan(State(filters=(SOUTH,), grants=(on(SOUTH),)), found)
    assert list(made.closing) == [Revoke(grant=on(NORTH)), DropFilter(filter=NORTH)]
    assert list(made.opening) == [MakeFilter(filter=SOUTH), Permit(grant=on(SOUTH))]


def test_a_filter_that_somebody_changed_by_hand_is_made_anew() -> None:
    changed = NORTH.model_copy(update={"rows": None})
    made = plan(State(filters=(NORTH,), grants=(on(NORTH),)), State(tables=(ORDERS,), filters=(changed,), grants=(on(NORTH),)))
    assert list(made.closing) == [Revoke(grant=on(NORTH)), DropFilter(filter=changed)]
    assert list(made.opening) == [MakeFilter(filter=NORTH), Permit(grant=on(NORTH))]


def test_a_filter_whose_columns_come_in_another_order_is_the_same() -> None:
    turned = NORTH.model_copy(update={"columns": ("region", "id")})
    state = State(filters=(NORTH,), grants=(on(NORTH),))
    assert plan(state, State(tables=(ORDERS,), filters=(turned,), grants=(on(NORTH),))) == AccessPlan()


@pytest.mark.parametrize("tables", [(), (ORDERS.model_copy(update={"columns": ("id",)}),)], ids=["table", "column"])
def test_a_filter_waits_for_its_table_and_all_of_its_columns(tables: tuple[Table, ...]) -> None:
    assert plan(State(filters=(NORTH,), grants=(on(NORTH),)), State(tables=tables)) == AccessPlan()


def test_a_grant_on_a_filter_of_ours_that_nobody_wants_is_revoked() -> None:
    stranger = on(NORTH, "arn:aws:iam::222222222222:role/stranger")
    state = State(filters=(NORTH,), grants=(on(NORTH),))
    found = State(tables=(ORDERS,), filters=(NORTH,), grants=(on(NORTH), stranger))
    assert plan(state, found) == AccessPlan(closing=(Revoke(grant=stranger),))


def test_what_every_iam_principal_may_is_revoked_first() -> None:
    everybody = [
        Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=resource, permissions=("ALL",))
        for resource in (DatabaseResource(database="dev_silver"), TableResource(database="dev_silver", table="orders"))
    ]
    found = State(tables=(ORDERS,), grants=tuple(everybody), column_tags=of_columns(email="public"))
    assert list(plan(State(), found).closing) == [*(Revoke(grant=grant) for grant in everybody), take("email", class_="public")]


def test_tags_filters_and_grants_of_others_are_left_alone() -> None:
    theirs = Filter(database="dev_silver", table="orders", name="marketing", columns=("id",))
    found = State(
        tables=(ORDERS,),
        table_tags={("dev_silver", "orders"): (Tag(key="cost-centre", value="42"),)},
        column_tags={("dev_silver", "orders", "id"): (Tag(key="pii", value="no"),)},
        filters=(theirs,),
        grants=(
            on(theirs),
            Grant(
                principal=ANALYST,
                resource=ColumnsResource(database="dev_silver", table="orders", columns=("id",)),
                permissions=("SELECT",),
            ),
        ),
    )
    assert plan(State(), found) == AccessPlan()


def test_a_plan_that_was_carried_out_leaves_nothing_to_do() -> None:
    wanted = State(
        tables=(ORDERS,),
        table_tags={("dev_silver", "orders"): tags_of(rows="open")},
        column_tags=of_columns(id="public", total="internal"),
        filters=(NORTH,),
        grants=(on(NORTH),),
    )
    assert plan(wanted, wanted) == AccessPlan()
