"""What `lake contracts new --all` drafts of an odd source runs as it is."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from pyspark.sql import SparkSession

from cli.source_catalog import look
from medallion.manifest.compiler import compile_lake
from medallion.manifest.drafting.draft import draft
from medallion.manifest.names import Names
from tests.spark.lake import PASSWORD, Lake, secret_of

# py4j leaves the sockets of ended threads to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

PREFIX = "drafts"
ODD = (Path(__file__).parents[1] / "local/odd_source.sql").read_text(encoding="utf-8")
ROWS = """
INSERT INTO "Customer" VALUES (1, 'Ada', 'a@b', 'a@b', '192.0.2.1', '1815-12-10', 'yes', 'A', 'a', '{x,y}', 'c', gen_random_uuid());
INSERT INTO "order" ("from", "group", "table", quantity, net) VALUES (1, 'open', 10.50, 2, 8);
INSERT INTO "Order Lines" (order_id, line_no, note) VALUES (1, 1, 'as is'), (1, 2, NULL);
INSERT INTO shipments VALUES (7, 1, 2, now());
INSERT INTO hens VALUES (1); INSERT INTO eggs VALUES (1, 1);
INSERT INTO measured VALUES ('2024-05-05', 3, 0.5);
INSERT INTO log VALUES ('started', now());
INSERT INTO "2024 – Übersicht" VALUES (1, 12.5);
INSERT INTO wide (id, column_299) VALUES (1, 'last');
INSERT INTO every_type VALUES (
  1, -1, 2, 3, 0.5, 0.25, 1.5, 2.5, NULL, NULL, 12.5, true, B'1', B'10110010', B'101', 'c', 'cs', 'v', 'n', 'q', 't', '\\xdead',
  '2024-02-29', '12:34:56.789', '12:34:56', NULL, '2024-02-29 12:00', '2024-02-29 12:00', '2024-02-29 12:00+00', '1 day', '2 days',
  '00000000-0000-0000-0000-000000000001', '{"a": 1}', '{"a": 1}', '$.a', NULL, 'a b', 'a & b', '192.0.2.1', '192.0.2.0/24',
  '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '(1,2)', '{1,2,3}', '[(1,2),(3,4)]', '(1,2),(3,4)', '((1,2),(3,4))', '((1,2),(3,4))',
  '<(1,2),3>', '[1,2)', '[1,2)', '[1,2)', '[2024-01-01,2024-01-02)', '[2024-01-01,2024-01-02)', '[2024-01-01,2024-01-02)', '{[1,2)}',
  4294967295, 'pg_class', '0/16B3748', '5', '10:20:10', NULL, 'glad', '(1,x)', 9.99,
  '{1,2}', '{1.50}', '{a,b}', '{2024-02-29 12:00+00}', '{glad}', NULL, NULL, NULL, NULL, '{"\\\\xdead"}', '{"[1,2)"}', '{1}', '{10110010}'
);
"""


@pytest.fixture(scope="module")
def drafted(spark: SparkSession, postgres_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Every table that the odd source has, drafted, compiled and run."""
    names = Names(prefix=PREFIX, account="111111111111", region="eu-west-1")
    boto3.client("secretsmanager").create_secret(Name=f"{PREFIX}/store", SecretString=secret_of(postgres_port))
    connection: psycopg.Connection[Any]
    with psycopg.connect(
        host="127.0.0.1", port=postgres_port, user="reader", password=PASSWORD, dbname="store", autocommit=True
    ) as connection:
        connection.execute(f"CREATE SCHEMA {PREFIX}")
        connection.execute(f"SET search_path TO {PREFIX}")
        connection.execute(ODD)
        connection.execute(ROWS)
        drafts = draft(look(connection, f"{PREFIX}."), source="store", product="shop", lake="acme", manifest=None)
        root = tmp_path_factory.mktemp("drafts") / "acme"
        for table in drafts.tables:
            for name, text in table.files:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
        tables = compile_lake(root).products[0].tables
        lake = Lake(spark, names, connection, f"{PREFIX}/store", tables=tables)
        lake.make_databases()
        assert {outcome.outcome for outcome in lake.apply().values()} == {"published"}
        yield lake


def test_every_draft_runs(drafted: Lake) -> None:
    outcomes = drafted.ingest() | drafted.refine()
    assert {name: outcome.error for name, outcome in outcomes.items() if outcome.error} == {}
    assert {name: outcome.rows["quarantined"] for name, outcome in outcomes.items() if outcome.rows.get("quarantined")} == {}
    (row,) = drafted.rows("silver", "every_type")
    assert row.a_number == Decimal("2.5")
    assert row.a_byte == "10110010"
    assert row.a_time == "12:34:56.789000"
    assert row.a_money == "$12.50"
    assert row.an_oid == 4294967295
    assert row.some_numbers == [Decimal("1.50")]
    assert row.some_moods == ["glad"]
    assert row.a_pair == "(1,x)"
    (customer,) = drafted.rows("silver", "customer")
    assert (customer.customer_id, customer.first_name, customer.tags) == (1, "Ada", ["x", "y"])
    assert [line.line_no for line in drafted.rows("silver", "order_lines", "line_no, note")] == [1, 2]
    assert drafted.rows("silver", "order", "gross, `from`")[0] == (Decimal("12.60"), 1)
    assert drafted.rows("silver", "wide", "id, column_299")[0] == (1, "last")
    assert drafted.rows("bronze", "store__log", "line")[0] == ("started",)
    assert drafted.rows("silver", "orders") == []
