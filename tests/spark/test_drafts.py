"""What `lake contracts new --all` drafts of an odd source runs as it is, and goes on or stops by itself when the source changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from pyspark.sql import SparkSession

from cli.source.engines.postgres.catalog import look
from medallion.manifest.compiler import compile_lake
from medallion.manifest.engines.postgres.draft import draft
from medallion.manifest.model import BronzeTable, Column, SilverTable
from medallion.manifest.names import Names
from tests.spark.lake import PASSWORD, Lake, secret_of

# py4j leaves the sockets of ended threads to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

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


@contextmanager
def drafted_lake(spark: SparkSession, postgres_port: int, root: Path, prefix: str, source: str) -> Iterator[Lake]:
    """A lake over every table that a source of this SQL has, drafted, compiled and applied."""
    names = Names(prefix=prefix, account="111111111111", region="eu-west-1")
    boto3.client("secretsmanager").create_secret(Name=f"{prefix}/store", SecretString=secret_of(postgres_port))
    connection: psycopg.Connection[Any]
    with psycopg.connect(
        host="127.0.0.1", port=postgres_port, user="reader", password=PASSWORD, dbname="store", autocommit=True
    ) as connection:
        connection.execute(f"CREATE SCHEMA {prefix}")
        connection.execute(f"SET search_path TO {prefix}")
        connection.execute(source)
        drafts = draft(look(connection, f"{prefix}."), source="store", product="shop", lake="acme", manifest=None)
        for table in drafts.tables:
            for name, text in table.files:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
        lake = Lake(spark, names, connection, f"{prefix}/store", tables=compile_lake(root).products[0].tables)
        lake.make_databases()
        assert {outcome.outcome for outcome in lake.apply().values()} == {"published"}
        yield lake


@pytest.fixture(scope="module")
def drafted(spark: SparkSession, postgres_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Every table that the odd source has."""
    with drafted_lake(spark, postgres_port, tmp_path_factory.mktemp("drafts") / "acme", "drafts", ODD + ROWS) as lake:
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


# What happens to a table at the source, and why that stops the table; an empty reason where it goes on.
CHANGES = {
    "added": ("ADD note text", ""),
    "dropped": ("DROP size", "no column 'size'"),
    "renamed": ("RENAME size TO amount", "no column 'size'"),
    "widened": ("ALTER size TYPE bigint", "column 'size' is bigint instead of int"),
    "narrowed": ("ALTER size TYPE smallint", ""),
    "retyped": ("ALTER size TYPE text", "column 'size' is string instead of int"),
    "unrequired": ("ALTER state DROP NOT NULL", ""),
    "gone": ("RENAME TO gone_for_good", "changes.gone"),
}


def test_a_change_at_the_source_flows_or_stops_its_table_alone_with_the_reason(
    spark: SparkSession, postgres_port: int, tmp_path: Path
) -> None:
    made = "".join(
        f"CREATE TABLE {name} (id int PRIMARY KEY, size int, state text NOT NULL); INSERT INTO {name} VALUES (1, 1, 'as it was');"
        for name in CHANGES
    )
    with drafted_lake(spark, postgres_port, tmp_path / "acme", "changes", made) as lake:
        assert {outcome.outcome for outcome in (lake.ingest() | lake.refine()).values()} == {"published"}
        for name, (change, _) in CHANGES.items():
            lake.postgres.execute(f"ALTER TABLE {name} {change}")
            lake.postgres.execute(f"INSERT INTO {'gone_for_good' if name == 'gone' else name} (id, state) VALUES (2, 'new')")
        outcomes = lake.ingest()
        for name, (_, told) in CHANGES.items():
            outcome = outcomes[f"bronze.store__{name}"]
            assert (name, outcome.outcome) == (name, "failed" if told else "published")
            assert told in (outcome.error or "")
        lake.refine()
        assert {name: len(lake.rows("silver", name, "id")) for name in CHANGES} == {
            name: 1 if told else 2 for name, (_, told) in CHANGES.items()
        }

        # The contract that accepts it brings in what came meanwhile.
        lake.with_tables(*(_widened(table) for table in lake.tables if table.name.endswith("widened")))
        lake.apply()
        lake.postgres.execute("UPDATE widened SET size = 3000000000 WHERE id = 2")
        assert lake.ingest()["bronze.store__widened"].error is None
        lake.refine()
        assert lake.rows("silver", "widened", "id, size, state") == [(1, 1, "as it was"), (2, 3000000000, "new")]


def _widened(table: Any) -> BronzeTable | SilverTable:
    columns = tuple(column.model_copy(update={"type": "bigint"}) if column.name == "size" else column for column in table.columns)
    assert any(isinstance(column, Column) and column.type == "bigint" for column in columns)
    found: BronzeTable | SilverTable = table.model_copy(update={"columns": columns})
    return found
