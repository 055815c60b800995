"""What a run does to the sample lake, source to gold, all of it real."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from medallion.manifest.access.personas import read_personas
from medallion.manifest.backfill import TimeRange
from tests.local.lake import Lake

GROCER = Path(__file__).parents[3] / "lakes" / "grocer"
MONEY = {
    "sales_value": "sales_value",
    "retail_disc": "retail_discount",
    "coupon_disc": "coupon_discount",
    "coupon_match_disc": "coupon_match_discount",
}
ONCE_A_RELEASE = ("tighten_access", "apply_contracts", "open_access")


def test_a_run_tells_what_became_of_every_table(lake: Lake, first_run: dict[str, Any]) -> None:
    told = {table["table"]: table["outcome"] for task in first_run["tasks"] for table in task["tables"] if task["id"] != "apply_contracts"}
    assert told == dict.fromkeys(of_sales(lake).keys() - quarantines(lake), "published")
    # Contracts and access are applied once, by the product that runs first: the letters.
    assert {task["id"]: task["state"] for task in first_run["tasks"]} == {
        **dict.fromkeys(ONCE_A_RELEASE, "skipped"),
        **dict.fromkeys(["ingest_loyalty", "ingest_store", "refine", "aggregate"], "success"),
    }


def of_sales(lake: Lake) -> dict[str, str]:
    """Where the tables are but those of letters: other tests send some, which the next run reads."""
    others = {"local_bronze.mail__letters", "local_bronze.reader__feedback", "local_gold.weekly_feedback"}
    found = lake.metadata_locations().items()
    return {name: where for name, where in found if name not in others and not name.startswith("local_silver.feedback")}


def quarantines(lake: Lake) -> set[str]:
    return {name for name in lake.metadata_locations() if name.endswith("__quarantine")}


def test_every_row_of_the_sources_is_in_bronze_and_in_silver_or_quarantine(lake: Lake, sources: dict[str, Any]) -> None:
    # What became of each letter, test_letters.py asks; there are more than the seed's by then.
    for source in ("store", "loyalty"):
        for table, told in sources[source].items():
            bronze = lake.one(f"SELECT count(*) AS n FROM local_bronze.{source}__{table}")["n"]
            assert (table, bronze) == (table, told["source_rows"])
            for name, fates in told["silver"].items():
                query = (
                    f"SELECT (SELECT count(*) FROM local_silver.{name}) AS s, (SELECT count(*) FROM local_silver.{name}__quarantine) AS q"
                )
                assert (name, lake.one(query)) == (name, {"s": fates["merged"], "q": fates["quarantined"]})


@pytest.mark.full_size
def test_the_grocers_whole_year_is_in_silver_and_gold_to_the_cent(lake: Lake) -> None:
    assert lake.one("SELECT count(*) AS n FROM local_silver.transactions")["n"] == 1_469_307
    assert lake.one("SELECT sum(net_sales) AS net FROM local_gold.daily_department_sales") == {"net": "4596039.58"}
    assert lake.one("SELECT count(*) AS n, sum(spending) AS s FROM local_gold.household_value") == {"n": 2469, "s": "4596039.58"}


def test_sums_of_money_agree_with_the_source_to_the_cent(lake: Lake, truth: dict[str, Any]) -> None:
    sums = ", ".join(f"sum({column}) AS {source}" for source, column in MONEY.items())
    found = lake.one(f"SELECT {sums} FROM local_silver.transactions")
    assert {name: Decimal(value) for name, value in found.items()} == {
        name: Decimal(value) for name, value in truth["transactions"]["money"].items()
    }
    gold = lake.one("SELECT sum(net_sales) AS net FROM local_gold.daily_department_sales")["net"]
    assert Decimal(gold) == Decimal(truth["transactions"]["money"]["sales_value"])
    with lake.source("store") as source:
        households = source.execute("SELECT count(DISTINCT household_id) FROM public.transactions WHERE quantity >= 0").fetchone()
    assert households is not None
    spent = lake.one("SELECT count(*) AS n, sum(spending) AS s FROM local_gold.household_value")
    assert spent == {"n": households[0], "s": str(gold)}


def test_a_second_run_with_nothing_new_writes_nothing(lake: Lake) -> None:
    before = of_sales(lake)
    again = lake.run()
    assert of_sales(lake) == before
    assert before
    assert {table["outcome"] for task in again["tasks"] for table in task["tables"]} == {"unchanged"}
    assert {task["id"]: task["state"] for task in again["tasks"]} == {
        **dict.fromkeys(ONCE_A_RELEASE, "skipped"),
        "ingest_loyalty": "success",
        "ingest_store": "success",
        "refine": "success",
        "aggregate": "success",
    }


# Of few rows they come through in test_values.py, together with changes of every other kind.
@pytest.mark.full_size
def test_a_new_row_and_a_changed_row_come_through_to_gold_and_back(lake: Lake, truth: dict[str, Any]) -> None:
    net = "SELECT sum(net_sales) AS net FROM local_gold.daily_department_sales"
    before = Decimal(lake.one(net)["net"])
    with lake.source("store") as source:
        ((changed, value),) = source.execute("SELECT id, sales_value FROM public.transactions ORDER BY id LIMIT 1").fetchall()
        source.execute("UPDATE public.transactions SET sales_value = sales_value + 1.25, updated_at = now() WHERE id = %s", [changed])
        added = source.execute(
            "INSERT INTO public.transactions (household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc,"
            " coupon_match_disc, week, transaction_timestamp, updated_at) SELECT household_id, store_id, basket_id, product_id, quantity, 2.50,"
            " 0, 0, 0, week, transaction_timestamp, now() FROM public.transactions WHERE id = %s RETURNING id",
            [changed],
        ).fetchone()
    assert added is not None
    lake.run()
    assert Decimal(
        lake.one(f"SELECT sales_value AS v FROM local_silver.transactions WHERE transaction_id = {changed}")["v"]
    ) == value + Decimal("1.25")
    assert lake.one("SELECT count(*) AS n FROM local_silver.transactions")["n"] == truth["transactions"]["rows"] + 1
    assert Decimal(lake.one(net)["net"]) == before + Decimal("3.75")


@pytest.mark.full_size
def test_a_range_of_the_source_is_read_again_without_doubling_a_row(lake: Lake) -> None:
    count = "SELECT count(*) AS n FROM local_bronze.store__transactions"
    before = lake.one(count)["n"]
    with lake.source("store") as source:
        # Later than its time by far more than the overlap, so that no ordinary run would see it.
        source.execute(
            "INSERT INTO public.transactions (household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc,"
            " coupon_match_disc, week, transaction_timestamp, updated_at) SELECT household_id, store_id, basket_id, product_id, quantity, 2.50,"
            " 0, 0, 0, week, transaction_timestamp, '2000-01-05T10:00:00Z' FROM public.transactions WHERE sales_value > 0 ORDER BY id LIMIT 1"
        )
    lake.command("run", "transactions", "--from", "2000-01-05", "--to", "2000-01-06")
    assert lake.one(count)["n"] == before + 1
    lake.run("transactions", again=TimeRange(start=datetime(2000, 1, 5, tzinfo=UTC), end=datetime(2000, 1, 6, tzinfo=UTC)))
    assert lake.one(count)["n"] == before + 1
    assert lake.one("SELECT count(*) AS n FROM local_silver.transactions WHERE updated_at < TIMESTAMP '2000-02-01 00:00:00 UTC'")["n"] == 1


def test_a_range_is_refused_where_it_means_nothing(lake: Lake) -> None:
    answer = lake.command("run", "products", "--from", "2000-01-05", "--to", "2000-01-06", fails=True)
    assert answer.code == 2
    assert "store__products: a snapshot has no range" in answer.err


def test_a_run_may_be_limited_to_a_table_and_what_it_is_made_from(lake: Lake) -> None:
    told = {table["table"] for task in lake.run("products")["tasks"] for table in task["tables"]}
    assert told == {"local_bronze.store__products", "local_silver.products"}


def test_an_unknown_table_is_refused_with_the_nearest_name(lake: Lake) -> None:
    answer = lake.command("run", "product", fails=True)
    assert answer.code == 2
    assert "did you mean 'products'?" in answer.err
    assert "Traceback" not in answer.err


def test_no_run_ended_with_an_action_that_its_role_lacks(lake: Lake) -> None:
    # Personas are refused on purpose by tests before this one.
    people = {f"local-{persona.name.replace('_', '-')}" for persona in read_personas(GROCER)}
    assert [call for call in lake.laptop.calls() if not call.allowed and call.role not in people] == []


def test_tables_and_source_are_as_before_after_down_and_up(lake: Lake) -> None:
    before = lake.metadata_locations(), lake.one("SELECT count(*) AS n FROM local_silver.products")
    lake.command("down")
    assert lake.command("status", fails=True).code == 3
    lake.command("up")
    assert (lake.metadata_locations(), lake.one("SELECT count(*) AS n FROM local_silver.products")) == before
    with lake.source("store") as source:
        assert source.execute("SELECT count(*) FROM public.products").fetchone() == (before[1]["n"],)
    assert lake.run("products")["state"] == "success"
    assert lake.metadata_locations() == before[0]
