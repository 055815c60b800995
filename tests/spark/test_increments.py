"""Gold that is made anew partition by partition is what a full run would make, whatever happened to its inputs."""

import random
from decimal import Decimal

import pytest

from medallion.manifest.model import Follows
from medallion.publish.table import Metadata
from tests.spark.increments import DAILY, Shop
from tests.spark.lake import ORDERS, Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

NAMED = DAILY.model_copy(
    update={
        "inputs": ("customers", "orders"),
        "sql": "SELECT to_date(o.updated_at) AS day, count(c.name) AS orders, sum(o.total) AS revenue"
        " FROM orders o LEFT JOIN customers c ON c.id = o.customer_id GROUP BY to_date(o.updated_at)",
    }
)


def test_a_row_that_moves_touches_both_days_and_no_other(lake: Lake) -> None:
    shop = Shop(lake)
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-01-06"), (3, 30, "2026-02-05"), (4, 40, "2026-03-05"), (5, 50, "2026-04-05"))
    assert shop.aggregate() == 5
    before = shop.files()
    shop.change("UPDATE orders SET updated_at = timestamp'2026-03-07' WHERE id = 2")
    assert shop.aggregate() == 3
    after = shop.files()
    assert {month for month in after if after[month] != before[month]} == {"2026-01", "2026-03"}
    assert shop.made() == shop.full()
    shop.change("DELETE FROM orders WHERE id = 3")
    assert shop.aggregate() == 0, "the month is emptied"
    assert "2026-02" not in shop.files()
    assert shop.made() == shop.full()


@pytest.mark.parametrize(
    ("rounds", "least_partial"),
    [pytest.param(4, 1, id="four rounds"), pytest.param(9, 4, id="nine rounds", marks=pytest.mark.full_size)],
)
@pytest.mark.parametrize("partition", [ORDERS.partition, ()], ids=["input by month", "input in one part"])
def test_after_any_changes_gold_is_what_a_full_run_makes(
    lake: Lake, partition: tuple[str, ...], rounds: int, least_partial: int, caplog: pytest.LogCaptureFixture
) -> None:
    shop, chance, ids = Shop(lake, orders_partition=partition), random.Random(7), iter(range(1, 10_000))

    def moment() -> str:
        return f"2026-{chance.randint(1, 4):02}-{chance.randint(1, 28):02} {chance.randint(0, 23):02}:00:00"

    shop.insert(*((next(ids), chance.randint(0, 99), moment()) for _ in range(300)))
    shop.aggregate()
    partial = 0
    for round in range(rounds):
        for _ in range(chance.randint(1, 2)):
            few = f"id % 97 = {chance.randint(0, 96)}"
            match chance.choice(["insert", "value", "move", "delete", "same"]):
                case "insert":
                    shop.insert(*((next(ids), chance.randint(0, 99), moment()) for _ in range(2)))
                case "value":
                    shop.change(f"UPDATE orders SET total = total + 1 WHERE {few}")
                case "move":
                    shop.change(f"UPDATE orders SET updated_at = timestamp'{moment()}' WHERE {few}")
                case "delete":
                    shop.change(f"DELETE FROM orders WHERE {few}")
                case "same":
                    shop.change(f"UPDATE orders SET total = total WHERE {few}")
        if round % 4 == 1:
            # One month of the table, so that what is compared is less than what there is.
            shop.compact("updated_at < timestamp'2026-03-01'")
        if round % 4 == 3:
            shop.compact()
        if round == min(6, rounds - 2):
            shop.expire()
        caplog.clear()
        shop.aggregate()
        partial += "anew as a whole" not in caplog.text
        assert shop.made() == shop.full(), f"round {round}"
    assert partial >= least_partial, "so many rounds made some partitions only"


def test_compaction_alone_makes_nothing_new_even_when_all_else_has_expired(lake: Lake) -> None:
    shop = Shop(lake)
    shop.insert((1, 10, "2026-01-05"))
    shop.insert((2, 20, "2026-02-05"))
    shop.aggregate()
    shop.compact()
    shop.expire()
    before = lake.metadata_locations()
    assert shop.aggregate() is None
    assert lake.metadata_locations() == before
    shop.insert((3, 30, "2026-02-06"))
    assert shop.aggregate() == 2, "what is compacted stands in for what has expired"
    assert shop.made() == shop.full()


def test_where_the_history_does_not_tell_all_is_made_anew_and_the_log_says_why(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop(lake)
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-02-05"))
    shop.aggregate()
    shop.insert((3, 30, "2026-03-05"))
    shop.change("UPDATE orders SET total = 11 WHERE id = 1")
    shop.expire()
    assert shop.aggregate() == 3
    assert "is made anew as a whole: snapshot" in caplog.text
    assert "has expired" in caplog.text
    assert shop.made() == shop.full()


def test_another_input_that_changes_makes_all_anew(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop(lake, NAMED)
    lake.ingest(), lake.refine()
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-02-05"))
    shop.aggregate()
    shop.insert((3, 30, "2026-03-05"))
    assert shop.aggregate() == 1
    assert caplog.text == ""
    lake.customer(1, "Grace")
    lake.ingest(), lake.refine()
    assert shop.aggregate() == 3
    assert "customers changed" in caplog.text


def test_a_killed_run_and_a_refused_one_leave_no_partition_behind(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(lake)
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-02-05"))
    shop.aggregate()
    shop.change("UPDATE orders SET total = 5000000 WHERE id = 2")
    assert "rows break revenue.maximum" in (lake.aggregate()["gold.revenue"].error or "")
    assert [row.revenue for row in shop.made()] == [Decimal(10), Decimal(20)]
    shop.change("UPDATE orders SET total = 21 WHERE id = 2")
    shop.insert((3, 30, "2026-03-05"))

    class Killed(BaseException):
        """The process ends here."""

    def dies(_metadata: Metadata, *_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Metadata, "publish", dies)
        with pytest.raises(Killed):
            lake.aggregate()
    assert shop.aggregate() == 2
    assert shop.made() == shop.full()
    assert lake.aggregate()["gold.revenue"].outcome == "unchanged"


def test_an_undone_input_is_undone_in_gold(lake: Lake) -> None:
    shop = Shop(lake)
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-02-05"))
    head = shop.orders.metadata().head()
    assert head is not None
    shop.insert((3, 30, "2026-01-06"))
    shop.aggregate()
    lake.spark.sql(f"CALL glue_catalog.system.rollback_to_snapshot('{shop.orders.full_name}', {head.id})")
    assert shop.aggregate() == 1
    assert shop.made() == shop.full()


def test_a_contract_that_tells_wrong_what_its_partitions_follow_is_caught(lake: Lake) -> None:
    wrong = Follows(column="day", transform="months", input="orders", expression="add_months(to_date(updated_at), 1)")
    shop = Shop(lake, DAILY.model_copy(update={"follows": (wrong,)}))
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-02-05"))
    shop.aggregate()
    shop.insert((3, 30, "2026-03-05"))
    told = lake.aggregate()["gold.revenue"].error or ""
    assert "1 rows lie outside of the partitions that they were made for" in told
    assert "day is add_months(to_date(updated_at), 1) of orders" in told
