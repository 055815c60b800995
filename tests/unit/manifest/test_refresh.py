"""What decides about the partitions of a gold table: followed through its SQL where that is sure, and refused with the reason where it is not."""

from typing import Any

import pytest

from medallion.manifest.compatibility import compare
from medallion.manifest.compiler.follows import NotFollowed, followed
from medallion.manifest.model import Follows
from tests.unit.manifest.contracts_on_disk import Lake, column, contract, custom

TABLES = {
    "sales": {"id": "bigint", "at": "timestamp", "k": "bigint", "v": "decimal(10,2)"},
    "items": {"k": "bigint", "name": "string", "at": "timestamp"},
}
DAY = "TO_DATE(at)"


@pytest.mark.parametrize(
    ("sql", "expression"),
    [
        pytest.param("SELECT to_date(at) AS day, sum(v) AS v FROM sales GROUP BY to_date(at)", DAY, id="grouped"),
        pytest.param("SELECT to_date(at) AS day, sum(v) AS v FROM sales GROUP BY day", DAY, id="grouped by its name"),
        pytest.param("SELECT to_date(at) AS day, k, sum(v) AS v FROM sales GROUP BY 2, 1", DAY, id="grouped by place"),
        pytest.param("SELECT to_date(at) AS day, sum(v) AS v FROM sales GROUP BY ALL", DAY, id="grouped by all"),
        pytest.param("SELECT to_date(at) AS day, sum(v) AS v FROM sales GROUP BY at", DAY, id="grouped by what it is made from"),
        pytest.param(
            "SELECT to_date(s.at) AS day, i.name FROM sales s LEFT JOIN items i ON i.k = s.k WHERE i.name <> 'x'", DAY, id="joined"
        ),
        pytest.param("SELECT to_date(s.at) AS day FROM items i JOIN sales s ON i.k = s.k", DAY, id="joined to another"),
        pytest.param("SELECT to_date(s.at) AS day FROM items i RIGHT JOIN sales s ON i.k = s.k", DAY, id="joined from the right"),
        pytest.param(
            "WITH m AS (SELECT year(at) AS y, month(at) AS m, sum(v) AS v FROM sales GROUP BY 1, 2) SELECT make_date(y, m, 1) AS day, v FROM m",
            "MAKE_DATE(YEAR(at), MONTH(at), 1)",
            id="made from two groups",
        ),
        pytest.param(
            "SELECT day, v FROM (SELECT to_date(at) AS day, v, row_number() OVER (PARTITION BY to_date(at), k ORDER BY v) AS n FROM sales) WHERE n = 1",
            DAY,
            id="ranked within the day",
        ),
        pytest.param("SELECT DISTINCT to_date(at) AS day FROM sales WHERE k IN (SELECT k FROM items)", DAY, id="distinct"),
    ],
)
def test_a_partition_is_followed_to_the_input_that_decides_it(sql: str, expression: str) -> None:
    assert followed(sql, TABLES, "day") == ("sales", expression)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        pytest.param("SELECT max(to_date(at)) AS day, k FROM sales GROUP BY k", "made from several rows", id="an aggregate"),
        pytest.param("SELECT to_date(first_at) AS day FROM (SELECT min(at) AS first_at FROM sales GROUP BY k)", "several rows", id="below"),
        pytest.param(
            "SELECT make_date(y, 1, 1) AS day, n FROM (SELECT any_value(year(at)) AS y, count(*) n FROM sales)",
            "several rows",
            id="all rows",
        ),
        pytest.param(
            "SELECT to_date(at) AS day, sum(v) OVER (ORDER BY at) AS v FROM sales", "looks at rows of other partitions", id="running"
        ),
        pytest.param(
            "SELECT to_date(at) AS day, lag(v) OVER (PARTITION BY k ORDER BY at) AS v FROM sales", "not partitioned by", id="the row before"
        ),
        pytest.param(
            "SELECT to_date(at) AS day FROM sales QUALIFY row_number() OVER (PARTITION BY k ORDER BY at) = 1",
            "other partitions",
            id="qualify",
        ),
        pytest.param(
            "SELECT to_date(at) AS day, v / (SELECT sum(v) FROM sales) AS v FROM sales", "sales is read 2 times", id="a share of all"
        ),
        pytest.param("SELECT to_date(a.at) AS day FROM sales a JOIN sales b ON a.k = b.k", "sales is read 2 times", id="itself"),
        pytest.param(
            "WITH s AS (SELECT * FROM sales) SELECT to_date(a.at) AS day FROM s a JOIN s b ON a.k = b.k",
            "s is read 2 times",
            id="itself by WITH",
        ),
        pytest.param("SELECT to_date(s.at) AS day FROM items i LEFT JOIN sales s ON i.k = s.k", "a LEFT JOIN makes rows", id="left join"),
        pytest.param("SELECT to_date(s.at) AS day FROM sales s FULL JOIN items i ON i.k = s.k", "a FULL JOIN makes rows", id="full join"),
        pytest.param(
            "SELECT to_date(s.at) AS day FROM sales s RIGHT JOIN items i ON i.k = s.k", "a RIGHT JOIN makes rows", id="right join"
        ),
        pytest.param(
            "SELECT to_date(coalesce(s.at, i.at)) AS day FROM sales s JOIN items i ON i.k = s.k", "several tables", id="of two tables"
        ),
        pytest.param("SELECT DATE'2026-01-01' AS day FROM sales", "no table", id="a constant"),
        pytest.param("SELECT to_date(at) AS day FROM sales ORDER BY v LIMIT 3", "LIMIT", id="a limit"),
        pytest.param("SELECT to_date(at) AS day FROM sales UNION ALL SELECT to_date(at) FROM items", "UNION", id="a union"),
        pytest.param("SELECT to_date(at) AS day, count(*) AS n FROM sales GROUP BY to_date(at) WITH ROLLUP", "ROLLUP", id="rollup"),
        pytest.param("SELECT to_date(at) AS day FROM sales WHERE at < now()", "now()", id="now"),
        pytest.param("SELECT to_date(at) AS day, rand() AS v FROM sales", "rand()", id="chance"),
        pytest.param("SELECT to_date(at) AS day, unix_timestamp() AS v FROM sales", "current_timestamp", id="the clock"),
        pytest.param("SELECT to_date(at) AS day FROM sales WHERE at < current_date()", "current_date", id="today"),
        pytest.param("SELECT to_date(at) AS day FROM sales TABLESAMPLE (10 PERCENT)", "sampled", id="a sample"),
    ],
)
def test_what_is_not_sure_is_refused_with_the_reason(sql: str, reason: str) -> None:
    with pytest.raises(NotFollowed, match=reason.replace("(", r"\(").replace(")", r"\)")):
        followed(sql, TABLES, "day")


PYTHON = "def transform(inputs):\n    return inputs['orders']\n"
GOLD, GOLD_PY = "contracts/shop/gold/turnover.yaml: ", "contracts/shop/gold/turnover.py: "


def daily(lake: Lake, follows: Any = None, *, python: str | None = None, **table: Any) -> Lake:
    """The lake with a gold table of one row a day, parted by months."""
    day = custom(partitionTransform="months") + (custom(follows=follows) if follows is not None else [])
    lake.documents["gold/turnover"] = contract(
        "turnover",
        column("day", logicalType="date", primaryKey=True, partitioned=True, customProperties=day),
        column("total", logicalType="number", physicalType="decimal(22,2)"),
        customProperties=custom(**({"refresh": "incremental"} | table)),
    )
    lake.files["shop/gold/turnover.sql"] = "SELECT to_date(changed_at) AS day, sum(total) AS total FROM orders GROUP BY 1"
    if python is not None:
        del lake.files["shop/gold/turnover.sql"]
        lake.files["shop/gold/turnover.py"] = python
    return lake


def test_a_table_says_that_it_is_made_by_partition(lake: Lake) -> None:
    (turnover,) = daily(lake).compile().product("shop").gold
    assert turnover.follows == (Follows(column="day", transform="months", input="orders", expression="TO_DATE(changed_at)"),)


def test_a_table_that_says_nothing_is_made_as_a_whole(lake: Lake) -> None:
    (turnover,) = daily(lake, refresh="full").compile().product("shop").gold
    assert turnover.follows == ()


def test_python_stands_in_the_place_of_sql(lake: Lake) -> None:
    manifest = daily(lake, {"orders": "to_date(changed_at)"}, python=PYTHON, inputs=["orders"]).compile()
    (turnover,) = manifest.product("shop").gold
    assert (turnover.python, turnover.sql, turnover.inputs) == (PYTHON, "", ("orders",))
    assert turnover.follows == (Follows(column="day", transform="months", input="orders", expression="to_date(changed_at)"),)
    lake.files["shop/gold/turnover.py"] = PYTHON + "# changed\n"
    (change,) = compare(manifest, lake.compile()).changes
    assert (change.detail, change.breaking) == ("its Python changed: values may be others", False)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param(
            {"refresh": "hourly"}, f"{GOLD}schema[0].customProperties[0].value: 'hourly' is not one of full, incremental", id="refresh"
        ),
        pytest.param({"follows": "to_date(changed_at)"}, "must be one input and an expression over one of its rows", id="no input named"),
        pytest.param({"follows": {"order": "day"}}, "'order' is not one of the table's inputs, orders", id="an unknown input"),
        pytest.param({"follows": {"orders": "to_date(changed)"}}, "no column 'changed'", id="an unknown column"),
        pytest.param({"follows": {"orders": "max(changed_at)"}}, "is an aggregate function", id="an aggregate"),
        pytest.param({"follows": {"orders": "current_date()"}}, "names no column of orders", id="no column"),
        pytest.param({"follows": {"orders": "if(total > 1, now(), changed_at)"}}, "now() gives another value", id="the clock"),
        pytest.param({"follows": {"orders": "day"}, "refresh": "full"}, "has no effect without refresh: incremental", id="full"),
        pytest.param({"inputs": ["orders"]}, "the inputs are those that turnover.sql reads", id="inputs beside SQL"),
        pytest.param({"python": PYTHON}, "inputs: must list the silver and gold tables that turnover.py is given", id="no inputs"),
        pytest.param(
            {"python": PYTHON, "inputs": ["ordrs"]}, "'ordrs' is not one of orders; did you mean 'orders'?", id="an unknown table"
        ),
        pytest.param({"python": PYTHON, "inputs": ["orders"]}, "day: Python can't be followed; say `follows", id="Python to follow"),
        pytest.param({"python": "def transform(", "inputs": ["orders"]}, f"{GOLD_PY}does not parse: line 1", id="no Python"),
        pytest.param({"python": "x = 1\n", "inputs": ["orders"]}, f"{GOLD_PY}has no function transform(inputs", id="no function"),
        pytest.param({"python": "def transform(a, b): ...\n", "inputs": ["orders"]}, f"{GOLD_PY}line 1: transform must take one", id="two"),
    ],
)
def test_a_mistake_is_told(lake: Lake, given: dict[str, Any], problem: str) -> None:
    found = daily(lake, given.pop("follows", None), **given).problems()
    assert len(found) == 1, found
    assert problem in found[0]


def test_what_can_t_be_followed_must_be_told(lake: Lake) -> None:
    daily(lake).files["shop/gold/turnover.sql"] = "SELECT max(to_date(changed_at)) AS day, total FROM orders GROUP BY total"
    (problem,) = lake.problems()
    assert problem.startswith(f"{GOLD}schema[0]: refresh: incremental: day: MAX(TO_DATE(orders.changed_at)) is made from several rows")


def test_a_table_without_partitions_can_t_be_made_by_them(lake: Lake) -> None:
    item = daily(lake).column("gold/turnover", "day")
    del item["partitioned"], item["customProperties"]
    assert lake.problems() == [f"{GOLD}schema[0]: refresh: incremental needs a partitioned column"]


def test_sql_and_python_together_are_refused(lake: Lake) -> None:
    lake.files["shop/gold/turnover.py"] = PYTHON
    assert lake.problems() == [f"{GOLD_PY}stands beside turnover.sql; one of them makes the table"]
