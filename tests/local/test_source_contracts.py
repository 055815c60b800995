"""Contracts drafted from a real Postgres, and held against it when it changes."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import yaml

from cli import main
from cli.context import Context
from cli.contracts.drafted import drafted
from cli.terminal.failures import Refused
from local.services.rds.postgres import Postgres
from medallion.manifest.compiler import compile_lake
from medallion.manifest.drafting.drafts import Drafts
from medallion.manifest.model import BronzeTable, Manifest, SilverTable
from tests.ports import free_port

PORT = free_port()
PASSWORD = "a-long-password"
ODD = (Path(__file__).parent / "odd_source.sql").read_text(encoding="utf-8")
SECRET = {"host": "127.0.0.1", "port": PORT, "dbname": "shop", "username": "reader", "password": PASSWORD}
CONFIGURATION = """
account: "111111111111"
region: eu-west-1
network: {mode: create}
sources: {shop: {engine: postgres, secret: shop/reader, tls: false}}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection[Any]]:
    folder = Path(tempfile.mkdtemp(prefix="source-"))
    postgres = Postgres(folder / "data", PORT, folder / "postgres.log", folder)
    postgres.initialize("owner", PASSWORD, "shop")
    try:
        with psycopg.connect(host="127.0.0.1", port=PORT, dbname="shop", user="owner", password=PASSWORD, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
            yield connection
    finally:
        postgres.stop()
        shutil.rmtree(folder)


@pytest.fixture
def source(server: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """An empty schema that the login may read."""
    server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO reader")
    server.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO reader")
    return server


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "acme"
    (root / "config").mkdir(parents=True)
    (root / "contracts").mkdir()
    (root / "config" / "local.yaml").write_text(CONFIGURATION)

    def client(context: Context, service: str) -> Any:
        if service == "glue":
            # No crawler has ever run.
            return SimpleNamespace(get_paginator=lambda operation: SimpleNamespace(paginate=lambda **_: []))
        assert service == "secretsmanager"

        def get_secret_value(SecretId: str) -> dict[str, str]:  # noqa: N803 - boto3's own
            assert SecretId == "shop/reader"
            return {"SecretString": json.dumps(SECRET)}

        return SimpleNamespace(get_secret_value=get_secret_value)

    monkeypatch.setattr(Context, "client", client)
    return root


def new(lake: Path, *tables: str) -> Drafts:
    return drafted(Context(lake=lake), "shop", tables, everything=not tables, product="web")


def document(lake: Path, layer: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((lake / f"contracts/web/{layer}/{name}.yaml").read_text(encoding="utf-8"))["schema"][0]
    return found


def columns(lake: Path, layer: str, name: str) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in document(lake, layer, name)["properties"]}


def bronze(manifest: Manifest, name: str) -> BronzeTable:
    return next(table for table in manifest.tables("bronze") if isinstance(table, BronzeTable) and table.name == f"shop__{name}")


def silver(manifest: Manifest, name: str) -> SilverTable:
    return next(table for table in manifest.tables("silver") if isinstance(table, SilverTable) and table.name == name)


def call(capsys: pytest.CaptureFixture[str], lake: Path, *arguments: str) -> tuple[int, Any]:
    code = main.call(["--json", "--lake", str(lake), "contracts", *arguments])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def odd(source: psycopg.Connection[Any], lake: Path) -> tuple[Drafts, Manifest, Path]:
    """Every table of the odd source, drafted and compiled."""
    source.execute(ODD)
    drafts = new(lake)
    return drafts, compile_lake(lake), lake


def test_every_table_is_drafted_or_refused_by_name(odd: tuple[Drafts, Manifest, Path], source: psycopg.Connection[Any]) -> None:
    drafts, manifest, _ = odd
    told = {table.table for table in drafts.tables} | {left.table for left in drafts.left if left.column is None}
    there = source.execute(
        "SELECT 'public.' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    assert told == {row[0] for row in there} - {"public.measured_2024"}
    refused = {left.table: left.reason for left in drafts.left if left.column is None}
    assert set(refused) == {"public.注文", "public.a.b", "public.nothing", "public.only_odd"}
    assert "point in its name" in refused["public.a.b"]
    assert "no column that can be read" in refused["public.nothing"]
    assert len(list(manifest.tables("bronze"))) == len(drafts.tables)


def test_columns_that_can_not_be_read_are_named_with_the_reason(odd: tuple[Drafts, Manifest, Path]) -> None:
    left = {(one.table.removeprefix("public."), one.column) for one in odd[0].left if one.column}
    unread = "a_huge a_negative a_timetz a_refcursor some_amounts some_money some_clocks a_matrix".split()
    assert left == {("every_type", name) for name in unread} | {
        ("Customer", "E-Mail"),
        ("Customer", "name"),
        ("only_odd", "a b"),
        ("only_odd", "1st"),
        ("odd_key", "the id"),
        ("technical", "_run_id"),
    }


def test_names_are_mapped_and_told(odd: tuple[Drafts, Manifest, Path]) -> None:
    drafts, manifest, lake = odd
    names = {table.table.removeprefix("public."): table.name for table in drafts.tables}
    assert names["Customer"] == "customer"
    assert names["Order Lines"] == "order_lines"
    assert names["2024 – Übersicht"] == "t_2024_ubersicht"
    assert {names["orders"], names["Orders"]} == {"orders", "shop_orders"}
    customer = next(table for table in drafts.tables if table.name == "customer")
    assert dict(customer.renamed)["CustomerID"] == "customer_id"
    assert silver(manifest, "customer").column("customer_id").expression == "`CustomerID`"
    assert silver(manifest, "customer").column("id").expression == "`_id`"
    assert bronze(manifest, "order_lines").object == "Order Lines"
    assert document(lake, "bronze", "customer")["description"] == 'People: who "buy" # no comment'


def test_keys_references_and_demands_are_taken_over(odd: tuple[Drafts, Manifest, Path]) -> None:
    _, manifest, _ = odd
    order = silver(manifest, "order")
    assert [(reference.columns, reference.table, reference.to) for reference in order.references] == [
        (("from",), "customer", ("customer_id",))
    ]
    assert {rule.name: rule.expression for rule in order.rules} == {
        "group.enum": "`group` IN ('open', 'paid', 'no')",
        "table.minimum": "`table` >= 0",
        "table.exclusiveMaximum": "`table` < 1000000.5",
        "quantity.exclusiveMinimum": "`quantity` > -5",
    }
    assert order.column("table").required
    assert order.column("net").type == "decimal(12,2)"
    assert silver(manifest, "order_lines").key == ("line_no", "order_id")
    assert silver(manifest, "shipments").references[0].to == ("order_id", "line_no")
    assert silver(manifest, "t_2024_ubersicht").key == ("id",)
    assert silver(manifest, "customer").column("code").unique
    moods = next(rule for rule in silver(manifest, "customer").rules if rule.name == "mood.enum")
    assert moods.expression == "`mood` IN ('glad', 'it\\'s \"so-so\"', 'yes')"


def test_what_is_not_taken_over_is_told(odd: tuple[Drafts, Manifest, Path]) -> None:
    drafts, _, lake = odd
    notes = {table.name: " ".join(table.notes) for table in drafts.tables}
    assert "check odd is not taken over" in notes["order"]
    assert "it is to the table itself" in notes["order_lines"]
    assert ("close a circle" in notes["hens"]) != ("close a circle" in notes["eggs"])
    assert "no primary key" in notes["log"]
    assert not (lake / "contracts/web/silver/log.yaml").exists()
    assert "the id of its key can't be read" in notes["odd_key"]
    assert "There is no primary key" in notes["t_2024_ubersicht"]
    assert "No silver contract" in (lake / "contracts/web/bronze/log.yaml").read_text()


def test_a_read_is_incremental_only_where_that_is_safe(odd: tuple[Drafts, Manifest, Path]) -> None:
    drafts, manifest, _ = odd
    assert bronze(manifest, "order").watermark == "updated_at"
    assert silver(manifest, "order").sequence == ("updated_at",)
    assert [table.name for table in drafts.tables if table.mode == "incremental"] == ["order"]
    assert "beginning of no index" in " ".join(next(table for table in drafts.tables if table.name == "shipments").notes)


def test_what_looks_personal_is_restricted(odd: tuple[Drafts, Manifest, Path]) -> None:
    _, manifest, _ = odd
    classes = {column.name: column.classification for column in silver(manifest, "customer").columns}
    assert {name for name, found in classes.items() if found == "restricted"} == {
        "first_name",
        "email",
        "ip_address",
        "date_of_birth",
        "name",
    }
    assert classes["customer_id"] == "confidential"
    assert classes["mood"] == "internal"
    assert silver(manifest, "order_lines").column("note").classification == "restricted"


def test_views_are_drafted_where_they_are_named(odd: tuple[Drafts, Manifest, Path]) -> None:
    _, manifest, lake = odd
    assert not any(table.name in ("shop__open_orders", "shop__totals") for table in manifest.tables())
    drafts = new(lake, "open_orders", "public.totals")
    assert [(table.name, table.mode, table.key) for table in drafts.tables] == [("open_orders", "snapshot", ()), ("totals", "snapshot", ())]
    compile_lake(lake)


def test_times_and_bits_become_text_again(odd: tuple[Drafts, Manifest, Path]) -> None:
    _, manifest, _ = odd
    every = silver(manifest, "every_type")
    assert bronze(manifest, "every_type").column("a_time").type == "timestamp_ntz"
    assert {name: every.column(name).expression for name in ("a_time", "a_time3", "a_byte")} == {
        "a_time": "date_format(`a_time`, 'HH:mm:ss.SSSSSS')",
        "a_time3": "date_format(`a_time3`, 'HH:mm:ss.SSSSSS')",
        "a_byte": "decode(`a_byte`, 'UTF-8')",
    }


def test_three_hundred_columns(odd: tuple[Drafts, Manifest, Path]) -> None:
    assert len(bronze(odd[1], "wide").columns) == len(silver(odd[1], "wide").columns) == 300


def test_no_file_is_written_over(source: psycopg.Connection[Any], lake: Path) -> None:
    source.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a)")
    new(lake, "a")
    file = lake / "contracts/web/bronze/a.yaml"
    file.write_text(file.read_text() + "# mine\n")
    drafts = new(lake)
    assert drafts.existing == (("public.a", "contracts/web/bronze/a.yaml"),)
    assert file.read_text().endswith("# mine\n")
    assert silver(compile_lake(lake), "b").references[0].table == "a"


def test_another_products_silver_name_is_left_to_it(source: psycopg.Connection[Any], lake: Path) -> None:
    source.execute("CREATE TABLE a (id int PRIMARY KEY)")
    new(lake, "a")
    source.execute("CREATE SCHEMA IF NOT EXISTS other; CREATE TABLE other.a (id int PRIMARY KEY)")
    source.execute("GRANT USAGE ON SCHEMA other TO reader; GRANT SELECT ON other.a TO reader")
    (lake / "config" / "local.yaml").write_text(CONFIGURATION.replace("tls: false", "tls: false, prefix: ''"))
    assert [table.name for table in new(lake, "other.a").tables] == ["shop_a"]
    assert bronze(compile_lake(lake), "shop_a").object == "other.a"
    source.execute("DROP SCHEMA other CASCADE")


def test_what_the_login_may_not_read_is_refused(source: psycopg.Connection[Any], lake: Path) -> None:
    source.execute("CREATE TABLE hidden (id int PRIMARY KEY); REVOKE SELECT ON hidden FROM reader")
    source.execute(
        "CREATE TABLE half (id int PRIMARY KEY, pay int); REVOKE SELECT ON half FROM reader; GRANT SELECT (id) ON half TO reader"
    )
    left = {(one.table, one.column): one.reason for one in new(lake).left}
    assert "GRANT SELECT" in left["public.hidden", None]
    assert "no SELECT" in left["public.half", "pay"]


@pytest.mark.parametrize(
    ("tables", "everything", "told"),
    [
        (("ordrs",), False, r"'ordrs' is not there; did you mean 'orders'\?; it has orders"),
        ((), False, "name tables, or give --all; source shop has orders"),
        (("orders",), True, "not both"),
    ],
    ids=["a wrong name", "none", "both"],
)
def test_a_wrong_call_is_told(source: psycopg.Connection[Any], lake: Path, tables: tuple[str, ...], everything: bool, told: str) -> None:
    source.execute("CREATE TABLE orders (id int PRIMARY KEY)")
    with pytest.raises(Refused, match=told):
        drafted(Context(lake=lake), "shop", tables, everything=everything, product=None)


def test_a_source_that_is_as_its_contracts_say_has_no_drift(odd: tuple[Drafts, Manifest, Path], capsys: pytest.CaptureFixture[str]) -> None:
    new(odd[2], "open_orders", "totals")
    code, found = call(capsys, odd[2], "check", "--live")
    unread = {(one.table.removeprefix("public."), one.column) for one in odd[0].left if one.column and one.table != "public.only_odd"}
    assert code == 0
    assert {drift["kind"] for drift in found["drift"]} == {"added"}
    assert len(found["drift"]) == len(unread)
    assert not any(drift["accept"] for drift in found["drift"])


T = "CREATE TABLE t (id int PRIMARY KEY, amount numeric(10,2), size int, state text NOT NULL, updated_at timestamptz NOT NULL); CREATE INDEX ON t (updated_at)"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "ALTER TABLE t ADD note text",
            ("note", "added", False, "{name: note, logicalType: string, physicalType: text, classification: restricted}"),
        ),
        ("ALTER TABLE t DROP size", ("size", "dropped", True, None)),
        ("ALTER TABLE t RENAME state TO status", ("state", "renamed", True, "name: status")),
        ("ALTER TABLE t ALTER size TYPE bigint", ("size", "widened", True, "physicalType: bigint")),
        ("ALTER TABLE t ALTER amount TYPE numeric(12,2)", ("amount", "widened", True, 'physicalType: "numeric(12,2)"')),
        ("ALTER TABLE t ALTER size TYPE smallint", ("size", "narrowed", False, None)),
        ("ALTER TABLE t ALTER size TYPE text", ("size", "retyped", True, "physicalType: text")),
        ("ALTER TABLE t ALTER state DROP NOT NULL", ("state", "nullable", False, "name: state")),
        ("ALTER TABLE t ALTER updated_at DROP NOT NULL", ("updated_at", "nullable", True, "name: updated_at")),
        ("DROP TABLE t", (None, "gone", True, None)),
        ("REVOKE SELECT ON t FROM reader", (None, "forbidden", True, None)),
        ("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, state)", (None, "key", True, None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_at_the_source_is_told(
    source: psycopg.Connection[Any],
    lake: Path,
    capsys: pytest.CaptureFixture[str],
    change: str,
    expected: tuple[str | None, str, bool, str | None],
) -> None:
    column, kind, stops, accept = expected
    source.execute(T)
    new(lake)
    source.execute(change)
    code, found = call(capsys, lake, "check", "--live")
    assert code == int(stops)
    assert [(drift["column"], drift["kind"], drift["stops"]) for drift in found["drift"]] == [(column, kind, stops)]
    lines = "\n".join(found["drift"][0]["accept"])
    assert accept in lines if accept else not lines


@pytest.mark.parametrize("change", ["ADD note text", "ALTER size TYPE bigint", "RENAME state TO status", "ALTER state DROP NOT NULL"])
def test_the_lines_that_accept_a_drift_do(
    source: psycopg.Connection[Any], lake: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    source.execute(T)
    new(lake)
    (lake / "contracts/web/silver/t.yaml").unlink()
    source.execute(f"ALTER TABLE t {change}")
    (drift,) = call(capsys, lake, "check", "--live")[1]["drift"]
    file = lake / drift["contract"]
    lines = file.read_text().splitlines()
    at = next((place for place, line in enumerate(lines) if f"name: {drift['column']}," in line), None)
    accepted = [f"      {line}" for line in drift["accept"]]
    lines[len(lines) if at is None else at : len(lines) if at is None else at + 1] = accepted
    file.write_text("\n".join(lines) + "\n")
    assert call(capsys, lake, "check", "--live") == (0, {"stopping": False, "drift": [], "not_looked_at": [], "sampled": []})
