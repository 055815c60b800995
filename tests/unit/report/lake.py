"""A small lake as values, for tests of its page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from medallion.manifest.model import BronzeTable, Column, GoldTable, Manifest, Product, SilverTable
from medallion.manifest.names import Names
from report.facts import Facts, JobRun, TableRun

NAMES = Names(prefix="dev", account="222222222222", region="eu-west-1")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def column(name: str, type: str = "string", classification: Any = "internal", expression: str | None = None) -> Column:
    return Column(name=name, type=type, classification=classification, expression=expression)


PEOPLE_AT_SOURCE = BronzeTable(
    product="shop",
    name="crm__people",
    contract="contracts/shop/bronze/people.yaml",
    version="1.0.0",
    columns=(
        column("id", "bigint", "public"),
        column("city"),
        column("email", classification="confidential"),
        column("notes", classification="restricted"),
        # Its own contract opens it, the table that is made from it does not.
        column("phone"),
        column("address", "struct<street:string>"),
    ),
    source="crm",
    object="people",
    mode="snapshot",
    key=("id",),
)
PEOPLE = SilverTable(
    product="shop",
    name="people",
    contract="contracts/shop/silver/people.yaml",
    version="1.0.0",
    columns=(
        column("id", "bigint", "public"),
        column("city", expression="trim(city)"),
        column("email", classification="confidential"),
        column("number", classification="restricted", expression="regexp_replace(phone, ' ', '')"),
    ),
    input="crm__people",
    key=("id",),
)
DAILY = GoldTable(
    product="shop",
    name="daily",
    contract="contracts/shop/gold/daily.yaml",
    version="1.0.0",
    columns=(
        column("day", "date"),
        column("city"),
        column("people", "bigint"),
        column("revenue", "decimal(18,2)"),
        column("share", "double"),
    ),
    inputs=("people",),
    sql="SELECT current_date() AS day, city, count(*) AS people, 1.00 AS revenue, 0.5 AS share FROM people GROUP BY city",
    key=("day", "city"),
)
SHOP = Manifest(lake="shop", products=(Product(name="shop", tables=(PEOPLE_AT_SOURCE, PEOPLE, DAILY)),))


def ran(step: str, table: str, outcome: str = "published", *, run: str = "run-1", ago: float = 60, **more: Any) -> TableRun:
    end = NOW - timedelta(minutes=ago)
    return TableRun(
        run_id=run,
        product="shop",
        step=step,
        table=f"dev_{table}",
        outcome=outcome,
        seconds=2,
        release="r1",
        started_at=end - timedelta(seconds=2),
        finished_at=end,
        **more,
    )


def job(name: str, state: str, *, ago: float = 30, **more: Any) -> JobRun:
    return JobRun(job=f"dev-{name}", id=f"jr-{name}", state=state, started_at=NOW - timedelta(minutes=ago), **more)


def facts(**given: Any) -> Facts:
    return Facts(**{"environment": "dev", "names": NAMES, "release": "r1", "manifest": SHOP, "written_at": NOW, **given})


ALL_WELL = (
    ran("aggregate", "gold.daily", rows={"merged": 4}),
    ran(
        "refine",
        "silver.people",
        rows={"read": 12, "merged": 9, "superseded": 0, "stale": 1, "unchanged": 0, "quarantined": 2, "deleted": 0},
    ),
    ran("ingest", "bronze.crm__people", rows={"read": 12}),
)
