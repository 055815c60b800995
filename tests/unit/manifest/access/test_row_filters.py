"""Which rows a persona sees: what a contract may say, and what becomes of it."""

from typing import Any

import pytest

from medallion.manifest.access.evaluate import TableAccess, access_of
from medallion.manifest.access.expected import expected_state
from medallion.manifest.access.row_filters import filters
from medallion.manifest.access.tagging import database_tags
from medallion.manifest.environment import CreatedNetwork, Environment
from medallion.manifest.model import Manifest, RowFilter
from medallion.manifest.names import Names
from tests.unit.manifest.contracts_on_disk import Lake, column

NAMES = Names(prefix="acme", account="222222222222", region="eu-west-1")
ENVIRONMENT = Environment(
    name="acme", account=NAMES.account, region=NAMES.region, prefix="acme", network=CreatedNetwork(mode="create"), sources={}
)


def filtered(lake: Lake, value: Any, *, path: str = "silver/orders") -> Lake:
    lake.table(path)["properties"] += [
        column("region", logicalType="string", transformLogic="'x'", classification="internal"),
        column("paid", logicalType="boolean", transformLogic="true"),
        column("day", logicalType="date", transformLogic="current_date()"),
        column("part", logicalType="string", transformLogic="'x'", partitioned=True),
    ]
    lake.table(path)["customProperties"].append({"property": "rowsFor", "value": value})
    return lake


def access(manifest: Manifest, persona: str) -> dict[str, TableAccess]:
    state = expected_state(ENVIRONMENT, manifest)
    role = NAMES.role_arn(NAMES.persona(persona))
    return {f"{database}.{table}": each for (database, table), each in access_of(state, role).items()}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("region = 'north'", "region = 'north'"),
        ("region='it''s' or  NOT (id in (1,-2))", "region = 'it''s' OR NOT (id IN (1, -2))"),
        ("total between 1.5 and 2 AND region LIKE 'n%'", "total BETWEEN 1.5 AND 2 AND region LIKE 'n%'"),
        ("region is not null and paid != true", "NOT region IS NULL AND paid <> TRUE"),
        ("id > 3\n  AND id <= 9", "id > 3 AND id <= 9"),
    ],
    ids=str,
)
def test_what_lake_formation_can_say_is_kept_in_one_spelling(lake: Lake, written: str, kept: str) -> None:
    assert filtered(lake, {"analyst": written}).compile().product("shop").silver[0].rows_for == (
        RowFilter(persona="analyst", expression=kept),
    )


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("region = 'north'", ": must say which rows a persona sees, such as {analyst: \"region = 'north'\"}"),
        ({"analist": "id = 1"}, ".analist: 'analist' is not one of analyst, engineer, officer; did you mean 'analyst'?"),
        ({"analyst": 1}, ".analyst: must be text: an expression that compares a column with a constant by"),
        ({"analyst": "regio = 'north'"}, ".analyst: there is no column 'regio' in orders; it has id, customer"),
        ({"analyst": "lower(region) = 'north'"}, ".analyst: \"LOWER(region) = 'north'\": Lake Formation compares a column with a constant"),
        (
            {"analyst": "region = customer"},
            ".analyst: 'customer' is no constant that region can be compared with: it is string, so write text",
        ),
        ({"analyst": "'north' = region"}, ".analyst: \"'north' = region\": Lake Formation compares a column with a constant"),
        ({"analyst": "id = '1'"}, ".analyst: \"'1'\" is no constant that id can be compared with: it is bigint, so write a number"),
        ({"analyst": "day > DATE '2026-01-01'"}, ".analyst: day is date; Lake Formation compares string, char"),
        ({"analyst": "changed_at IS NULL"}, ".analyst: changed_at is timestamp; Lake Formation compares string"),
        ({"analyst": "part IS NULL"}, ".analyst: Lake Formation takes no IS NULL on part, by which the table is partitioned"),
        ({"analyst": "paid > TRUE"}, ".analyst: paid is true or false, which have no order; use = or <>"),
        ({"analyst": "id LIKE 1"}, ".analyst: id is no text, and LIKE compares text"),
        ({"analyst": "id IN (SELECT 1)"}, "Lake Formation compares a column with a constant"),
        ({"analyst": "region = 'north' --x"}, ".analyst: holds a comment or a semicolon; it is one expression"),
        ({"analyst": "region ="}, ".analyst: does not parse:"),
        ({"analyst": "paid"}, ".analyst: 'paid': Lake Formation compares a column with a constant"),
        ({"analyst": f"region = '{'x' * 2048}'"}, ".analyst: has 2059 characters; Lake Formation takes 2047"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_lake_formation_would_refuse_is_refused_by_file_and_field(lake: Lake, value: Any, problem: str) -> None:
    (found,) = filtered(lake, value).problems()
    assert found.startswith("contracts/shop/silver/orders.yaml: schema[0].customProperties[2].value")
    assert problem in found


def test_a_filter_for_a_persona_that_sees_nothing_of_the_table_is_refused(lake: Lake) -> None:
    lake.table("gold/turnover")["customProperties"] = [{"property": "rowsFor", "value": {"analyst": "total > 1", "nobody": "total > 1"}}]
    lake.column("gold/turnover", "total")["classification"] = "restricted"
    place = "contracts/shop/gold/turnover.yaml: schema[0].customProperties[0].value"
    assert lake.problems() == [
        f"{place}.analyst: analyst sees public, internal columns, and turnover has none; leave it out",
        f"{place}.nobody: 'nobody' is not one of analyst, engineer, officer",
    ]


def test_a_lake_without_personas_has_no_filters(lake: Lake) -> None:
    (lake.root / "config" / "personas.yaml").unlink()
    (problem,) = filtered(lake, {"analyst": "id = 1"}).problems()
    assert problem.endswith(".value.analyst: the lake has no personas; write config/personas.yaml")


def test_a_filtered_persona_sees_its_rows_and_nothing_of_where_the_others_are(lake: Lake) -> None:
    manifest = filtered(lake, {"engineer": "region = 'north'"}).compile()
    engineer, officer, analyst = (access(manifest, name) for name in ("engineer", "officer", "analyst"))
    orders = engineer["acme_silver.orders"]
    assert orders.rows == engineer["acme_silver.orders__history"].rows == ("region = 'north'",)
    assert orders.seen == ("id", "total", "changed_at", "region", "_run_id", "_ingested_at")
    assert engineer["acme_silver.orders__quarantine"].seen == ()
    assert engineer["acme_bronze.shop__orders"].seen == ()
    assert engineer["acme_gold.turnover"].seen == ("total",)
    assert engineer["acme_ops.runs"].rows is None
    assert officer["acme_silver.orders"].whole
    assert analyst["acme_silver.orders"].rows is None


def test_a_table_that_nobody_tagged_is_closed_to_a_filtered_persona(lake: Lake) -> None:
    tags = database_tags(filtered(lake, {"engineer": "region = 'north'"}).compile(), NAMES)
    assert {tag.key: tag.value for tag in tags["acme_gold"]} == {
        "acme-layer": "gold",
        "acme-class": "restricted",
        "acme-rows-engineer": "filtered",
    }


def test_another_content_is_another_filter(lake: Lake) -> None:
    manifest = filtered(lake, {"engineer": "region = 'north'"}).compile()
    (orders, history) = filters(manifest, NAMES)["engineer"]
    assert (orders.database, orders.table, history.table) == ("acme_silver", "orders", "orders__history")
    assert orders.name.startswith("acme-engineer-")
    lake.table("silver/orders")["customProperties"][-1]["value"] = {"engineer": "region = 'south'"}
    (south, _) = filters(lake.compile(), NAMES)["engineer"]
    lake.column("silver/orders", "region")["classification"] = "restricted"
    (narrow, _) = filters(lake.compile(), NAMES)["engineer"]
    assert len({orders.name, south.name, narrow.name}) == 3
