"""Gold that Python makes is held to its contract, and what goes wrong in it is told in one line with the file and the line."""

import pytest

from medallion.manifest.model import Follows
from tests.spark.increments import DAILY, Shop
from tests.spark.lake import Lake

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
FILE = "contracts/shop/gold/revenue.py"

MADE = """
from pyspark.sql import functions as F


def transform(inputs):
    day = F.to_date("updated_at").alias("day")
    orders = inputs["orders"]
    return orders.groupBy(day).agg(F.sum("total").cast("decimal(20,2)").alias("revenue"), F.count("*").alias("orders"))
"""
# A function over rows, which Spark sends to worker processes.
SAYS = """
from pyspark.sql import functions as F


@F.udf("bigint")
def counted(n):
    if n > 1:
        raise ValueError("too many for me")
    return n


def transform(inputs):
    day = F.to_date("updated_at").alias("day")
    made = inputs["orders"].groupBy(day).agg(F.sum("total").cast("decimal(20,2)").alias("revenue"), F.count("*").alias("n"))
    return made.select("day", counted("n").alias("orders"), "revenue")
"""


def shop_of(lake: Lake, python: str, **changed: object) -> Shop:
    shop = Shop(lake, DAILY.model_copy(update={"sql": "", "python": python, **changed}))
    shop.insert((1, 10, "2026-01-05"), (2, 20, "2026-01-06"), (3, 30, "2026-02-05"))
    return shop


@pytest.fixture(scope="module")
def unmade(shared_lake: Lake) -> Shop:
    """A shop whose gold no test of the module makes."""
    return shop_of(shared_lake, MADE)


def test_python_makes_the_partitions_that_its_contract_says_are_touched(lake: Lake) -> None:
    shop = shop_of(lake, MADE)
    assert shop.aggregate() == 3
    assert shop.made() == shop.full()
    shop.change("UPDATE orders SET total = 31 WHERE id = 3")
    assert shop.aggregate() == 1
    assert shop.made() == shop.full()
    assert shop.aggregate() is None
    lake.with_tables(DAILY.model_copy(update={"sql": "", "python": MADE + "# changed\n"}))
    assert shop.aggregate() == 3, "another text is another definition"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            'F.count("*").alias("orders")', 'F.count("*").alias("order")', "makes no column 'orders', which contracts/", id="a column short"
        ),
        pytest.param(
            'F.count("*")', 'F.max("id").alias("top"), F.count("*")', "makes a column 'top' that contracts/", id="a column too many"
        ),
        pytest.param(
            'cast("decimal(20,2)")', 'cast("string")', "makes the column 'revenue' of type string, and contracts/", id="another type"
        ),
        pytest.param("return orders.groupBy", "return 3 or orders.groupBy", "transform gave a int instead of a DataFrame", id="no rows"),
        pytest.param(
            'day = F.to_date("updated_at")',
            'day = F.to_date(inputs["ordrs"].id)',
            f"{FILE}:6: KeyError: 'ordrs'",
            id="an input that is not given",
        ),
        pytest.param('F.sum("total")', 'F.sum("totl")', f"{FILE}:8: AnalysisException: ", id="a column that is not there"),
        pytest.param(
            "from pyspark.sql import", "from pyspark.sqll import", f"{FILE}:2: ModuleNotFoundError: No module named", id="an import"
        ),
        pytest.param(
            "groupBy(day).agg(",
            'groupBy(day, "id").agg(',
            "makes a column 'id' that",
            id="a group too many",
        ),
    ],
)
def test_what_python_makes_wrong_is_refused_by_name(unmade: Shop, old: str, new: str, told: str) -> None:
    assert old in MADE
    unmade.lake.with_tables(DAILY.model_copy(update={"sql": "", "python": MADE.replace(old, new)}))
    error = unmade.lake.aggregate()["gold.revenue"].error
    assert told in (error or "")
    assert "\n" not in (error or "")
    assert unmade.made() == []


def test_a_key_twice_is_refused_and_main_stays(lake: Lake) -> None:
    shop = shop_of(lake, MADE)
    shop.aggregate()
    twice = MADE.replace("groupBy(day)", "groupBy(day, 'id')").rstrip() + ".drop('id')\n"
    lake.with_tables(DAILY.model_copy(update={"sql": "", "python": twice}))
    shop.insert((4, 40, "2026-01-05"))
    assert "1 values of (day) are in more than one row" in (lake.aggregate()["gold.revenue"].error or "")
    assert [row.orders for row in shop.made()] == [1, 1, 1]


def test_an_error_in_a_function_over_rows_is_told_with_its_line(lake: Lake) -> None:
    shop = shop_of(lake, SAYS)
    assert shop.aggregate() == 3
    shop.insert((4, 40, "2026-01-05"))
    assert lake.aggregate()["gold.revenue"].error == f"{FILE}:8: ValueError: too many for me"
    assert [row.orders for row in shop.made()] == [1, 1, 1]


def test_what_python_follows_wrong_is_caught(lake: Lake) -> None:
    wrong = Follows(column="day", transform="months", input="orders", expression="DATE'2026-01-01' + CAST(id AS int)")
    shop = shop_of(lake, MADE, follows=(wrong,))
    shop.aggregate()
    shop.insert((5, 50, "2026-03-05"))
    assert "rows lie outside of the partitions that they were made for" in (lake.aggregate()["gold.revenue"].error or "")
