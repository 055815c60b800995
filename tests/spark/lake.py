"""A small lake of its own for each test: two source tables, their bronze and silver, one gold table, on a real catalog and a real Postgres."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import psycopg
from pyspark.sql import Row, SparkSession

from medallion.aggregate.product import aggregate
from medallion.apply_contracts import apply_contracts
from medallion.arguments import Given, Run
from medallion.ingest.jdbc.source import ingest, source_of
from medallion.manifest.backfill import TimeRange
from medallion.manifest.model import BronzeTable, Column, GoldTable, Manifest, Product, Reference, Rule, SilverTable
from medallion.manifest.names import DATABASES, LAYERS, Names
from medallion.ops.record import record
from medallion.outcomes import Outcome
from medallion.publish.table import LakeTable
from medallion.refine.product import refine

CUSTOMERS_AT_SOURCE = BronzeTable(
    product="shop",
    name="store__customers",
    contract="contracts/shop/bronze/store__customers.yaml",
    version="1.0.0",
    columns=(Column(name="id", type="bigint"), Column(name="name", type="string")),
    source="store",
    object="customers",
    mode="snapshot",
    key=("id",),
)
ORDERS_AT_SOURCE = BronzeTable(
    product="shop",
    name="store__orders",
    contract="contracts/shop/bronze/store__orders.yaml",
    version="1.0.0",
    columns=(
        Column(name="id", type="bigint"),
        Column(name="customer_id", type="bigint"),
        Column(name="total", type="string"),
        Column(name="updated_at", type="timestamp"),
    ),
    source="store",
    object="orders",
    mode="incremental",
    key=("id",),
    watermark="updated_at",
    overlap_seconds=7 * 86_400,
)
CUSTOMERS = SilverTable(
    product="shop",
    name="customers",
    contract="contracts/shop/silver/customers.yaml",
    version="1.0.0",
    columns=(Column(name="id", type="bigint", required=True), Column(name="name", type="string", expression="trim(name)")),
    input="store__customers",
    key=("id",),
)
ORDERS = SilverTable(
    product="shop",
    name="orders",
    contract="contracts/shop/silver/orders.yaml",
    version="1.0.0",
    columns=(
        Column(name="id", type="bigint", required=True),
        Column(name="customer_id", type="bigint"),
        Column(name="total", type="decimal(10,2)"),
        Column(name="updated_at", type="timestamp", required=True),
    ),
    input="store__orders",
    key=("id",),
    sequence=("updated_at",),
    partition=("months(updated_at)",),
    rules=(Rule(name="total.minimum", expression="total >= 0", columns=("total",)),),
    references=(Reference(columns=("customer_id",), table="customers", to=("id",)),),
)
REVENUE = GoldTable(
    product="shop",
    name="revenue",
    contract="contracts/shop/gold/revenue.yaml",
    version="1.0.0",
    columns=(Column(name="name", type="string", required=True), Column(name="revenue", type="decimal(20,2)")),
    inputs=("customers", "orders"),
    sql="SELECT c.name, sum(o.total) AS revenue FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.name",
    key=("name",),
    rules=(Rule(name="revenue.maximum", expression="revenue < 1000000", columns=("revenue",)),),
)
SHOP = (CUSTOMERS_AT_SOURCE, ORDERS_AT_SOURCE, CUSTOMERS, ORDERS, REVENUE)
PASSWORD = "a-password-that-no-log-may-show"


@dataclass
class Lake:
    """A lake and its source.

    Attributes:
        spark: The session of all tests.
        names: The lake's own prefix.
        postgres: A connection to the source, in the test's own schema.
        tables: The contracts.
        secret: The secret that holds the source's address.
    """

    spark: SparkSession
    names: Names
    postgres: psycopg.Connection[Any]
    secret: str
    tables: tuple[BronzeTable | SilverTable | GoldTable, ...] = SHOP
    runs: int = field(default=0)

    @property
    def manifest(self) -> Manifest:
        return Manifest(lake="test", products=(Product(name="shop", tables=self.tables),))

    def make_databases(self) -> None:
        for layer in DATABASES:
            bucket = self.names.bucket(layer)
            boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            self.spark.sql(f"CREATE DATABASE glue_catalog.{self.names.database(layer)} LOCATION 's3://{bucket}/tables'")

    def with_tables(self, *changed: BronzeTable | SilverTable | GoldTable) -> None:
        """Puts other contracts in place of those of the same name."""
        by_name = {(table.layer, table.name): table for table in changed}
        self.tables = tuple(by_name.get((table.layer, table.name), table) for table in self.tables)

    def apply(self) -> dict[str, Outcome]:
        return self._named(apply_contracts(self.spark, self.manifest, self.names, "release"))

    def ingest(self, run_id: str | None = None, again: TimeRange | None = None) -> dict[str, Outcome]:
        run = self._run(run_id).model_copy(update={"again": again})
        return self._named(ingest(self.spark, run, "store", source_of(self.given())))

    def refine(self, run_id: str | None = None) -> dict[str, Outcome]:
        return self._named(refine(self.spark, self._run(run_id)))

    def aggregate(self, run_id: str | None = None) -> dict[str, Outcome]:
        return self._named(aggregate(self.spark, self._run(run_id)))

    def run(self) -> dict[str, Outcome]:
        """All steps; the outcomes by full table name."""
        return _succeeded(self.ingest() | self.refine() | self.aggregate())

    def run_to_silver(self) -> dict[str, Outcome]:
        """All steps but gold's, for a test that doesn't look at it."""
        return _succeeded(self.ingest() | self.refine())

    def record(self, outcomes: Mapping[str, Outcome], run_id: str) -> None:
        """Writes what a job leaves at its end."""
        record(self.spark, self._run(run_id), tuple(outcomes.values()))

    def given(self) -> Given:
        return Given(
            manifest=f"s3://{self.names.bucket('bronze')}/manifest.json",
            release="release",
            prefix=self.names.prefix,
            account=self.names.account,
            region=self.names.region,
            source="store",
            secret=self.secret,
            source_prefix=f"{self.names.prefix}.",
            tls=False,
        )

    def table(self, layer: str, name: str) -> LakeTable:
        return LakeTable(self.spark, f"{self.names.prefix}_{layer}", name)

    def rows(self, layer: str, name: str, columns: str = "*") -> list[Row]:
        return self.spark.sql(f"SELECT {columns} FROM {self.table(layer, name).identifier} ORDER BY 1").collect()

    def metadata_locations(self) -> dict[str, str]:
        """The metadata file of every table; another one means that something was written."""
        found = {}
        for layer in LAYERS:
            for row in self.spark.sql(f"SHOW TABLES IN glue_catalog.{self.names.database(layer)}").collect():
                table = self.table(layer, row.tableName)
                found[table.full_name] = table.metadata().location
        return found

    def order(self, id: int, total: str, updated_at: str, customer_id: int | None = 1) -> None:
        self.postgres.execute(
            "INSERT INTO orders VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET total = EXCLUDED.total, updated_at = EXCLUDED.updated_at",
            (id, customer_id, total, updated_at),
        )

    def customer(self, id: int, name: str) -> None:
        self.postgres.execute("INSERT INTO customers VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name", (id, name))

    def _run(self, run_id: str | None) -> Run:
        self.runs += run_id is None
        product = self.manifest.products[0]
        return Run(manifest=self.manifest, release="release", names=self.names, run_id=run_id or f"run-{self.runs}", product=product)

    @staticmethod
    def _named(outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
        return {outcome.table.split("_", 1)[1]: outcome for outcome in outcomes}


def _succeeded(outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    assert [outcome.error for outcome in outcomes.values() if outcome.error] == []
    return outcomes


def make_source(postgres: psycopg.Connection[Any], schema: str) -> None:
    postgres.execute(f"CREATE SCHEMA {schema}")
    postgres.execute(f"SET search_path TO {schema}")
    postgres.execute("CREATE TABLE customers (id bigint PRIMARY KEY, name text)")
    postgres.execute("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total text, updated_at timestamptz NOT NULL)")


def secret_of(port: int, **other: object) -> str:
    content: Mapping[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "dbname": "store",
        "username": "reader",
        "password": PASSWORD,
        **other,
    }
    return json.dumps(content)
