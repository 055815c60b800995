"""The sample lake, source to gold: every row is accounted for, and every value is what an independent computation gives.

Whatever other tests have changed before.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, SupportsBytes, cast

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
import sqlglot
from boto3.dynamodb.types import Binary, TypeDeserializer

from tests.local.duck import duck
from tests.local.lake import Lake
from tests.local.prepared import GROCER

HOUSEHOLDS, REDEMPTIONS = "local-loyalty-households", "local-loyalty-redemptions"

# What silver must hold, of the source as it is now, written by hand: `src` has the source's tables.
SILVER = {
    "products": """
        SELECT product_id, manufacturer_id, department, brand, product_category AS category, product_type AS type,
            nullif(trim(package_size), '') AS package_size, updated_at
        FROM src.products""",
    "transactions": """
        SELECT id AS transaction_id, household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc AS retail_discount,
            coupon_disc AS coupon_discount, coupon_match_disc AS coupon_match_discount, week, transaction_timestamp AS sold_at, updated_at
        FROM src.transactions WHERE quantity >= 0""",
    "campaigns": """
        SELECT campaign_id, right(campaign_type, 1) AS type, start_date AS starts_on, end_date AS ends_on, updated_at
        FROM src.campaigns WHERE start_date <= end_date""",
    "coupons": """
        SELECT coupon_upc, campaign_id, max(updated_at) AS updated_at
        FROM src.coupons WHERE campaign_id <= 27 GROUP BY ALL""",
    "coupon_products": """
        SELECT coupon_upc, product_id, campaign_id, max(updated_at) AS updated_at
        FROM src.coupons WHERE campaign_id <= 27 GROUP BY ALL""",
    "campaign_memberships": """
        SELECT household_id, campaign_id, arg_max(state, changed_at) AS state, max(changed_at) AS changed_at
        FROM src.campaign_memberships WHERE campaign_id <= 27 GROUP BY ALL""",
    "households": """
        SELECT household_id, lower(contact.email) AS email, replace(replace(contact.phone, ' ', ''), '-', '') AS phone,
            demographics.age AS age, demographics.income AS income, demographics.homeOwnership AS home_ownership,
            demographics.maritalStatus AS marital_status, demographics.household.size AS household_size,
            demographics.household.composition AS composition, demographics.household.kids AS kids,
            segments, campaigns, cardNumber AS card_number, cardSeal AS card_seal
        FROM src.households WHERE household_id < 900000""",
    "redemptions": """
        SELECT household_id, redemption AS redemption_id, coupon_upc, campaign_id, try_cast(redeemed_on AS DATE) AS redeemed_on
        FROM src.redemptions WHERE household_id < 900000 AND coupon_upc < 99000000000 AND try_cast(redeemed_on AS DATE) IS NOT NULL""",
}
GOLD = ("daily_department_sales", "household_value", "campaign_performance")
ITEMS = pa.schema(
    [
        ("household_id", pa.int64()),
        ("contact", pa.struct([("email", pa.string()), ("phone", pa.string())])),
        (
            "demographics",
            pa.struct(
                [
                    *((name, pa.string()) for name in ("age", "income", "homeOwnership", "maritalStatus")),
                    ("household", pa.struct([(name, pa.string()) for name in ("size", "composition", "kids")])),
                ]
            ),
        ),
        ("segments", pa.list_(pa.string())),
        ("campaigns", pa.list_(pa.int64())),
        ("cardNumber", pa.decimal128(38, 0)),
        ("cardSeal", pa.binary()),
    ]
)


@dataclass(frozen=True)
class Grocer:
    """The lake after its first run.

    Attributes:
        lake: The lake.
        truth: What the seed told, by source table.
        first: What the first run reported of each silver table.
    """

    lake: Lake
    truth: dict[str, Any]
    first: dict[str, Any]

    def sources(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Copies all source tables, as they are now, into the schema `src`."""
        connection.execute("CREATE SCHEMA src")
        with self.lake.source("store") as source:
            for table in ("products", "campaigns", "coupons", "campaign_memberships", "transactions"):
                cursor = source.execute(f"SELECT * FROM public.{table}")
                names = [column.name for column in cursor.description or ()]
                rows = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])
                connection.register("rows", rows)
                connection.execute(f"CREATE TABLE src.{table} AS SELECT * FROM rows")
        for table, schema in ((HOUSEHOLDS, ITEMS), (REDEMPTIONS, None)):
            connection.register("rows", pa.Table.from_pylist(self.items(table), schema=schema))
            connection.execute(f"CREATE TABLE src.{table.rpartition('-')[2]} AS SELECT * FROM rows")

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a DynamoDB table, sets in order."""
        deserialize = TypeDeserializer().deserialize
        pages = self.lake.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        found = [{name: plain(deserialize(value)) for name, value in item.items()} for page in pages for item in page["Items"]]
        return [{**item, "household_id": int(item["household_id"])} for item in found]

    def refined(self) -> dict[str, Any]:
        """Runs the lake; returns the rows that it reports of each silver table."""
        return rows_of(self.lake.run())


def plain(value: Any) -> Any:
    """A value as Arrow knows it."""
    if isinstance(value, set):
        return sorted(value)
    return bytes(cast(SupportsBytes, value)) if isinstance(value, Binary) else value


def rows_of(run: dict[str, Any]) -> dict[str, Any]:
    """What a run reports of each silver table."""
    assert run["state"] == "success"
    (refine,) = [task for task in run["tasks"] if task["id"] == "refine"]
    return {table["table"].removeprefix("local_silver."): table["rows"] for table in refine["tables"]}


@pytest.fixture(scope="module")
def grocer(seeded: Lake, sources: dict[str, Any], first_run: dict[str, Any]) -> Grocer:
    return Grocer(seeded, sources["store"] | sources["loyalty"], rows_of(first_run))


def test_every_row_that_was_read_has_one_fate_and_it_is_the_one_that_the_seed_tells(grocer: Grocer) -> None:
    expected = {}
    for table in grocer.truth.values():
        for name, told in table["silver"].items():
            fates = {fate: told[fate] for fate in ("merged", "superseded", "quarantined")}
            assert sum(fates.values()) == table["source_rows"]
            expected[name] = {"read": table["source_rows"], **fates, "stale": 0, "unchanged": 0}
    assert {name: {fate: rows for fate, rows in told.items() if fate != "deleted"} for name, told in grocer.first.items()} == expected
    assert {name: told["deleted"] for name, told in grocer.first.items() if told.get("deleted")} == {}


def test_quarantine_is_the_seeds_dirt_to_the_row(grocer: Grocer) -> None:
    connection = duck(grocer.lake)
    for table in grocer.truth.values():
        for name, told in table["silver"].items():
            refused = f"silver.{name}__quarantine"
            found = connection.sql(f"SELECT rule, count(*) FROM (SELECT unnest(_rules) AS rule FROM {refused}) GROUP BY rule").fetchall()
            assert (name, dict(found)) == (name, told["rules"])
            assert connection.sql(f"SELECT count(*) FROM {refused}").fetchone() == (told["quarantined"],)
    # Which rows they are, too: those that stand after the grocer's own.
    last = grocer.truth["transactions"]["rows"]
    ids = connection.sql("SELECT (_row::JSON->>'id')::BIGINT FROM silver.transactions__quarantine ORDER BY 1").fetchall()
    assert ids == [(last + number,) for number in range(1, grocer.truth["transactions"]["dirt"]["negative quantity"] + 1)]


def agree(grocer: Grocer) -> None:
    """Silver and gold equal, value by value, what is computed of the sources as they are now."""
    connection = duck(grocer.lake)
    grocer.sources(connection)
    for name, sql in SILVER.items():
        connection.execute(f"CREATE TABLE {name} AS {sql}")
        same(connection, f"SELECT * EXCLUDE (_run_id, _ingested_at) FROM silver.{name}", name)
    for name in GOLD:
        sql = (GROCER / "contracts" / "sales" / "gold" / f"{name}.sql").read_text()
        connection.execute(f"CREATE TABLE {name} AS {sqlglot.transpile(sql, read='spark', write='duckdb')[0]}")
        same(connection, f"SELECT * FROM gold.{name}", name)


def same(connection: duckdb.DuckDBPyConnection, found: str, expected: str) -> None:
    """The same rows, each as often; values are compared as the expected table's types."""
    columns = [row[0] for row in connection.sql(f"DESCRIBE {expected}").fetchall()]
    assert sorted(columns) == sorted(row[0] for row in connection.sql(f"DESCRIBE {found}").fetchall())
    names = ", ".join(columns)
    count = connection.sql(f"SELECT count(*) FROM {expected}").fetchone()
    assert count is not None
    assert count[0] > 0
    assert connection.sql(f"SELECT count(*) FROM ({found})").fetchone() == count
    for one, other in ((f"({found})", expected), (expected, f"({found})")):
        difference = connection.sql(f"SELECT {names} FROM {one} EXCEPT ALL SELECT {names} FROM {other}")
        assert (expected, difference.fetchmany(3)) == (expected, [])


def test_changes_and_deletions_of_every_kind_of_source_make_what_an_independent_computation_makes(grocer: Grocer) -> None:
    lake, dynamodb = grocer.lake, grocer.lake.client("dynamodb")
    changed, gone, *_ = sorted(item["household_id"] for item in grocer.items(HOUSEHOLDS))
    redeemed = grocer.items(REDEMPTIONS)
    first = min(redeemed, key=lambda item: (item["household_id"], item["redemption"]))
    dynamodb.update_item(
        TableName=HOUSEHOLDS,
        Key={"household_id": {"N": str(changed)}},
        UpdateExpression="SET contact.email = :new REMOVE #segments",
        ExpressionAttributeNames={"#segments": "segments"},
        ExpressionAttributeValues={":new": {"S": "moved@example.com"}},
    )
    dynamodb.delete_item(TableName=HOUSEHOLDS, Key={"household_id": {"N": str(gone)}})
    dynamodb.delete_item(
        TableName=REDEMPTIONS, Key={"household_id": {"N": str(first["household_id"])}, "redemption": {"S": first["redemption"]}}
    )
    with lake.source("store") as source:
        # A product, and a coupon that nobody redeemed, are gone from their snapshots; a campaign goes on for a week more.
        source.execute("DELETE FROM products WHERE product_id = (SELECT min(product_id) FROM products)")
        used = sorted({int(item["coupon_upc"]) for item in redeemed})
        unused = source.execute("SELECT min(coupon_upc) FROM coupons WHERE NOT coupon_upc = ANY(%s)", [used]).fetchone()
        assert unused is not None
        lines = source.execute("DELETE FROM coupons WHERE coupon_upc = %s AND campaign_id <= 27", [unused[0]]).rowcount
        assert lines > 0
        source.execute("UPDATE campaigns SET end_date = end_date + 7, updated_at = now() WHERE campaign_id = 1")
        source.execute("UPDATE transactions SET sales_value = sales_value + 1.25, updated_at = now() WHERE id = 1")
        sold = "household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc, coupon_match_disc, week"
        source.execute(
            f"INSERT INTO transactions ({sold}, transaction_timestamp, updated_at)"
            f" SELECT {sold}, transaction_timestamp, now() FROM transactions WHERE id = 1"
        )
        # Three messages about one household: it left, the same as before once more, and how it was planned, which comes late.
        message = "INSERT INTO campaign_memberships (household_id, campaign_id, state, changed_at, received_at)"
        source.execute(
            f"{message} SELECT household_id, campaign_id, 'left', changed_at + interval '1 day', now() FROM campaign_memberships WHERE id = 1"
        )
        source.execute(f"{message} SELECT household_id, campaign_id, state, changed_at, now() FROM campaign_memberships WHERE id = 2")
        source.execute(
            f"{message} SELECT household_id, campaign_id, 'planned', changed_at - interval '9 days', now() FROM campaign_memberships WHERE id = 3"
        )
    lake.laptop.clock.advance(timedelta(hours=1))
    rows = grocer.refined()
    # What was refused for its campaign is tried again, as campaigns have changed, and refused again.
    lost = grocer.truth["campaign_memberships"]["dirt"]["of no campaign"]
    assert rows["campaign_memberships"] == {
        "read": 3 + lost,
        "merged": 1,
        "superseded": 0,
        "stale": 1,
        "unchanged": 1,
        "quarantined": lost,
        "retried": lost,
    }
    assert {name: rows[name]["deleted"] for name in ("products", "coupons", "households", "redemptions")} == {
        "products": 1,
        "coupons": 1,
        "households": 1,
        "redemptions": 1,
    }
    assert rows["coupon_products"]["deleted"] == lines
    assert (rows["households"]["read"], rows["households"]["merged"]) == (1, 1)
    for name, reported in rows.items():
        fates = ("merged", "superseded", "stale", "unchanged", "quarantined")
        assert (name, reported["read"]) == (name, sum(reported[fate] for fate in fates))
    agree(grocer)
