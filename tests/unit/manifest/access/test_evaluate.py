"""Grants are united as Lake Formation does it."""

from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion.manifest.access.evaluate import TableAccess, access_of, database_permissions, table_access
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    IAM_ALLOWED_PRINCIPALS,
    ColumnsResource,
    Condition,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    Resource,
    State,
    Table,
    TableResource,
    Tag,
    TagPolicyResource,
)

ROLE, OTHER = "arn:aws:iam::111111111111:role/lake-analyst", "arn:aws:iam::111111111111:role/other"
OPENNESS = ("no", "rows", "yes", "ungoverned")
CLASSES = ("public", "internal", "confidential", "restricted")
DATABASES, TABLES, COLUMNS = ("silver", "gold"), ("orders", "stores"), ("id", "email", "region")
NORTH, SOUTH = "region = 'north'", "region = 'south'"
CATALOG = tuple(Table(database=database, name=table, columns=COLUMNS) for database, table in product(DATABASES, TABLES))
FILTERS = (
    Filter(database="silver", table="orders", name="north", columns=("id", "region"), rows=NORTH),
    Filter(database="silver", table="orders", name="south", excluded_columns=("id",), rows=SOUTH),
    Filter(database="silver", table="orders", name="all", columns=("id",)),
)


def policy(*classes: str) -> TagPolicyResource:
    return TagPolicyResource(kind="TABLE", expression=(Condition(key="class", values=classes),))


def select(resource: Resource, principal: str = ROLE) -> Grant:
    return Grant(principal=principal, resource=resource, permissions=("SELECT",))


def orders(*grants: Grant, **fields: Any) -> TableAccess:
    return table_access(State(tables=CATALOG, filters=FILTERS, grants=grants, **fields), ROLE, "silver", "orders")


def answers(access: TableAccess) -> list[str]:
    return [access.columns[name].answer for name in COLUMNS]


tags = st.sampled_from(CLASSES).map(lambda value: (Tag(key="class", value=value),))
resources = st.one_of(
    st.builds(TableResource, database=st.sampled_from(DATABASES), table=st.sampled_from((*TABLES, ALL_TABLES))),
    st.builds(
        ColumnsResource,
        database=st.sampled_from(DATABASES),
        table=st.sampled_from(TABLES),
        columns=st.lists(st.sampled_from(COLUMNS), unique=True).map(tuple),
        excluded=st.booleans(),
    ),
    st.builds(FilterResource, database=st.just("silver"), table=st.just("orders"), name=st.sampled_from(("north", "south", "all", "gone"))),
    st.lists(st.sampled_from(CLASSES), min_size=1, unique=True).map(lambda classes: policy(*classes)),
)
grants = st.builds(
    Grant,
    principal=st.sampled_from((ROLE, OTHER, IAM_ALLOWED_PRINCIPALS)),
    resource=resources,
    permissions=st.sampled_from((("SELECT",), ("DESCRIBE",), ("ALL",), ("DESCRIBE", "SELECT"))),
)
states = st.builds(
    State,
    tables=st.just(CATALOG),
    filters=st.just(FILTERS),
    database_tags=st.dictionaries(st.sampled_from(DATABASES), tags),
    table_tags=st.dictionaries(st.tuples(st.sampled_from(DATABASES), st.sampled_from(TABLES)), tags),
    column_tags=st.dictionaries(st.tuples(st.sampled_from(DATABASES), st.sampled_from(TABLES), st.sampled_from(COLUMNS)), tags),
    grants=st.lists(grants, max_size=5).map(tuple),
    admins=st.sampled_from(((), (ROLE,))),
)


@settings(deadline=None)
@given(states, grants)
def test_one_more_grant_never_closes_anything(state: State, added: Grant) -> None:
    more = state.model_copy(update={"grants": (*state.grants, added)})
    for place, was in access_of(state, ROLE).items():
        now = access_of(more, ROLE)[place]
        assert was.permissions <= now.permissions
        for name, before in was.columns.items():
            after = now.columns[name]
            assert OPENNESS.index(after.answer) >= OPENNESS.index(before.answer)
            if after.answer == before.answer:
                assert set(before.rows) <= set(after.rows)
                assert set(before.grants) <= set(after.grants)


@settings(deadline=None)
@given(states, st.randoms())
def test_the_order_of_grants_filters_and_tables_means_nothing(state: State, random: Random) -> None:
    def shuffled[T](values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.sample(values, len(values)))

    other = state.model_copy(update={name: shuffled(getattr(state, name)) for name in ("grants", "filters", "tables")})
    assert access_of(other, ROLE) == access_of(state, ROLE)


@settings(deadline=None)
@given(states, st.sets(st.sampled_from(CLASSES), min_size=1), st.sampled_from(CLASSES))
def test_fewer_values_in_an_expression_never_open_anything(state: State, classes: set[str], left_out: str) -> None:
    def with_policy(values: set[str]) -> dict[tuple[str, str], TableAccess]:
        return access_of(state.model_copy(update={"grants": (*state.grants, select(policy(*sorted(values))))}), ROLE)

    wide, narrow = with_policy(classes), with_policy(classes - {left_out})
    for place, access in narrow.items():
        for name, column in access.columns.items():
            assert OPENNESS.index(column.answer) <= OPENNESS.index(wide[place].columns[name].answer)


@settings(deadline=None)
@given(st.sampled_from(CLASSES), st.sets(st.sampled_from(CLASSES), min_size=1))
def test_what_nobody_tagged_is_as_restricted_as_its_database(of_database: str, granted: set[str]) -> None:
    access = orders(select(policy(*sorted(granted))), database_tags={"silver": (Tag(key="class", value=of_database),)})
    assert answers(access) == ["yes" if of_database in granted else "no"] * len(COLUMNS)


@settings(deadline=None)
@given(states)
def test_what_is_granted_to_another_role_means_nothing(state: State) -> None:
    kept = tuple(grant for grant in state.grants if grant.principal != OTHER)
    assert access_of(state, ROLE) == access_of(state.model_copy(update={"grants": kept}), ROLE)


@pytest.mark.parametrize(
    ("grants", "expected", "rows"),
    [
        ((), "no no no", ()),
        ((select(TableResource(database="silver", table="orders")),), "yes yes yes", None),
        ((select(TableResource(database="silver", table=ALL_TABLES)),), "yes yes yes", None),
        ((select(TableResource(database="gold", table=ALL_TABLES)),), "no no no", ()),
        ((select(ColumnsResource(database="silver", table="orders", columns=("id",))),), "yes no no", None),
        ((select(ColumnsResource(database="silver", table="orders", columns=("email",), excluded=True)),), "yes no yes", None),
        ((select(FilterResource(database="silver", table="orders", name="north")),), "rows no rows", (NORTH,)),
        (
            (
                select(FilterResource(database="silver", table="orders", name="north")),
                select(FilterResource(database="silver", table="orders", name="south")),
            ),
            "rows rows rows",
            (NORTH, SOUTH),
        ),
        (
            (
                select(FilterResource(database="silver", table="orders", name="north")),
                select(ColumnsResource(database="silver", table="orders", columns=("id",))),
            ),
            "yes no rows",
            None,
        ),
        ((select(FilterResource(database="silver", table="orders", name="all")),), "yes no no", None),
        ((select(FilterResource(database="silver", table="orders", name="gone")),), "no no no", ()),
        ((select(TagPolicyResource(kind="DATABASE", expression=(Condition(key="class", values=CLASSES),))),), "no no no", ()),
        ((select(TagPolicyResource(kind="TABLE", expression=())),), "no no no", ()),
        ((select(TableResource(database="silver", table="orders"), "111111111111:IAMPrincipals"),), "yes yes yes", None),
        ((select(TableResource(database="silver", table="orders"), "222222222222:IAMPrincipals"),), "no no no", ()),
    ],
    ids=[
        "nothing",
        "a table",
        "all tables of a database",
        "another database",
        "a column",
        "all but a column",
        "a filter",
        "two filters",
        "a filter and a column",
        "a filter of all rows",
        "a filter that is gone",
        "an expression about databases",
        "an empty expression",
        "everybody in the account",
        "everybody in another",
    ],
)
def test_grants_by_name(grants: tuple[Grant, ...], expected: str, rows: tuple[str, ...] | None) -> None:
    access = orders(*grants, database_tags={"silver": (Tag(key="class", value="public"),)})
    assert answers(access) == expected.split()
    assert access.rows == rows


def test_two_filters_show_a_column_in_the_rows_of_those_that_include_it() -> None:
    access = orders(*(select(FilterResource(database="silver", table="orders", name=name)) for name in ("north", "south")))
    assert [access.columns[name].rows for name in COLUMNS] == [(NORTH,), (SOUTH,), (NORTH, SOUTH)]


def test_the_nearer_tag_wins() -> None:
    restricted, internal, public = ((Tag(key="class", value=value),) for value in ("restricted", "internal", "public"))
    access = orders(
        select(policy("public", "internal")),
        database_tags={"silver": restricted},
        table_tags={("silver", "orders"): internal},
        column_tags={("silver", "orders", "email"): restricted, ("silver", "orders", "region"): public},
    )
    assert answers(access) == ["yes", "no", "yes"]
    assert access.described
    assert not access.whole


def test_all_conditions_must_hold() -> None:
    both = TagPolicyResource(kind="TABLE", expression=(Condition(key="class", values=CLASSES), Condition(key="layer", values=("gold",))))
    tagged = {"silver": (Tag(key="class", value="public"), Tag(key="layer", value="silver"))}
    assert answers(orders(select(both), database_tags=tagged)) == ["no", "no", "no"]
    tagged = {"silver": (Tag(key="class", value="public"), Tag(key="layer", value="gold"))}
    assert answers(orders(select(both), database_tags=tagged)) == ["yes", "yes", "yes"]


def test_where_everybody_of_iam_holds_a_grant_lake_formation_governs_nothing() -> None:
    access = orders(
        Grant(principal=IAM_ALLOWED_PRINCIPALS, resource=TableResource(database="silver", table="orders"), permissions=("ALL",))
    )
    assert answers(access) == ["ungoverned"] * 3


def test_an_administrator_knows_of_a_table_and_reads_none_of_it() -> None:
    access = table_access(State(tables=CATALOG, admins=(ROLE,)), ROLE, "silver", "orders")
    assert access.described
    assert not access.seen


def test_a_description_shows_a_table_without_its_columns() -> None:
    access = orders(Grant(principal=ROLE, resource=TableResource(database="silver", table="orders"), permissions=("DESCRIBE",)))
    assert access.described
    assert not access.seen
    assert not orders().described


def test_a_database_is_described_by_name_or_by_tags() -> None:
    policy = TagPolicyResource(kind="DATABASE", expression=(Condition(key="layer", values=("silver",)),))
    state = State(
        database_tags={"silver": (Tag(key="layer", value="silver"),)},
        grants=(
            Grant(principal=ROLE, resource=policy, permissions=("DESCRIBE",)),
            Grant(principal=ROLE, resource=DatabaseResource(database="default"), permissions=("DESCRIBE",)),
        ),
    )
    assert [database_permissions(state, ROLE, name) for name in ("silver", "default", "gold")] == [{"DESCRIBE"}, {"DESCRIBE"}, set()]
    assert database_permissions(state, OTHER, "silver") == set()
