"""What crawlers found, held against contracts that it agrees with as far as Glue's types can tell."""

from datetime import UTC, datetime

import pytest

from cli.source.discovered import CrawledTable
from cli.source.engines.dynamodb.crawled import exported_drift
from cli.source.engines.postgres.crawled import object_of, observed_by_crawler, uncontracted
from medallion.manifest.engines.postgres.drift import drift
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.model import BronzeTable, Column
from medallion.manifest.widening import fits

SHOP = PostgresSource(engine="postgres", demo=True, prefix="public.")
ORDERS = BronzeTable(
    product="web",
    name="shop__orders",
    contract="contracts/web/bronze/orders.yaml",
    version="1.0.0",
    columns=(
        Column(name="OrderId", type="bigint", required=True),
        Column(name="at", type="timestamp_ntz", required=True),
        Column(name="time", type="timestamp_ntz"),
        Column(name="total", type="decimal(10,2)"),
        Column(name="tags", type="array<string>"),
    ),
    source="shop",
    object="orders",
    mode="snapshot",
    key=("OrderId",),
)
COLUMNS = (("orderid", "bigint"), ("at", "timestamp"), ("time", "string"), ("total", "decimal(10,2)"), ("tags", "array<string>"))


def crawled(*columns: tuple[str, str], location: str = "db.public.orders", kind: str = "table") -> CrawledTable:
    return CrawledTable(name=location.replace(".", "_"), location=location, kind=kind, columns=columns, at=datetime(2026, 1, 1, tzinfo=UTC))


def test_what_is_as_the_contract_says_is_no_drift() -> None:
    assert drift([ORDERS], observed_by_crawler(SHOP, [crawled(*COLUMNS)], [ORDERS]), fits) == ()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((*COLUMNS, ("note", "string")), ("note", "added", False)),
        (COLUMNS[:-1], ("tags", "dropped", True)),
        ((*COLUMNS[:3], ("total", "decimal(12,2)"), COLUMNS[4]), ("total", "widened", True)),
        ((*COLUMNS[:3], ("total", "string"), COLUMNS[4]), ("total", "retyped", True)),
    ],
    ids=["added", "dropped", "widened", "retyped"],
)
def test_what_is_not_is_told_with_the_line_that_accepts_it(columns: tuple[tuple[str, str], ...], expected: tuple[str, str, bool]) -> None:
    (found,) = drift([ORDERS], observed_by_crawler(SHOP, [crawled(*columns)], [ORDERS]), fits)
    assert (found.column, found.kind, found.stops) == expected
    assert bool(found.accept) == (expected[1] != "dropped")


def test_only_tables_that_the_prefix_leads_to_and_no_contract_reads_are_told() -> None:
    tables = [crawled(), crawled(location="db.public.new"), crawled(location="db.public.seen", kind="view"), crawled(location="db.other.x")]
    assert object_of(tables[3], SHOP) is None
    assert [one.table for one in uncontracted("shop", SHOP, tables, [ORDERS])] == ["shop: new"]


def test_an_export_s_lines_are_held_together() -> None:
    contract = ORDERS.model_copy(
        update={
            "name": "crm__members",
            "mode": "export",
            "key": ("id",),
            "columns": (Column(name="id", type="string"), Column(name="n", type="bigint")),
        }
    )
    table = crawled(
        ("item", "struct<id:struct<S:string>,n:struct<N:string>>"),
        ("metadata", "struct<WriteTimestampMicros:struct<N:string>>"),
        ("newimage", "struct<id:struct<S:string>,n:struct<BOOL:boolean>>"),
        location="s3://bronze/exports/crm__members/",
        kind="file",
    )
    (found,) = exported_drift([table], [contract])
    assert (found.column, found.kind, found.stops) == ("n", "retyped", True)
    assert "booleans" in found.detail
