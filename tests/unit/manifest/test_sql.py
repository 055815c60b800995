"""SQL that Spark takes is not refused; what it would stumble over is."""

import pytest

from medallion.manifest.compiler.sql import query, row_expression
from medallion.manifest.errors import InvalidField, Location

WHERE = Location("a.sql")
TABLES = {
    "sales": {"id": "bigint", "product": "bigint", "sold_at": "timestamp", "value": "decimal(10,2)", "tags": "array<string>"},
    "products": {"id": "bigint", "name": "string", "maker": "struct<name:string,city:string>"},
}


def outputs(sql: str) -> tuple[str, ...]:
    problems: list[InvalidField] = []
    _, found = query(sql, TABLES, WHERE, problems)
    assert not problems, [str(problem) for problem in problems]
    return found


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT id, value FROM sales", ("id", "value")),
        ("SELECT ID, Sales.Value AS `V` FROM Sales", ("id", "v")),
        ("SELECT s.id, p.name FROM sales s LEFT JOIN products p ON p.id = s.product", ("id", "name")),
        ("SELECT * FROM products", ("id", "name", "maker")),
        ("SELECT p.* EXCEPT (maker) FROM products p", ("id", "name")),
        ("WITH d AS (SELECT *, date(sold_at) AS day FROM sales) SELECT day, sum(value) AS v FROM d GROUP BY day", ("day", "v")),
        ("SELECT value * 2 AS twice, twice + 1 AS more FROM sales", ("twice", "more")),
        ("SELECT date(sold_at) AS day, count(*) AS n FROM sales GROUP BY day HAVING n > 1 ORDER BY day", ("day", "n")),
        ("SELECT product, row_number() OVER (PARTITION BY product ORDER BY sold_at) AS n FROM sales QUALIFY n = 1", ("product", "n")),
        ("SELECT id FROM sales s WHERE EXISTS (SELECT 1 FROM products p WHERE p.id = s.product)", ("id",)),
        ("SELECT id FROM sales WHERE product IN (SELECT id FROM products)", ("id",)),
        ("SELECT (SELECT max(name) FROM products WHERE id = product) AS name FROM sales", ("name",)),
        ("SELECT id, tag FROM sales LATERAL VIEW explode(tags) t AS tag", ("id", "tag")),
        ("SELECT id, explode(tags) AS tag FROM sales", ("id", "tag")),
        ("SELECT maker.city AS city, p.maker.name AS maker FROM products p", ("city", "maker")),
        ("SELECT id FROM sales UNION ALL SELECT id FROM products", ("id",)),
        ("SELECT product, sum(value) FILTER (WHERE value > 0) AS v FROM sales GROUP BY ALL", ("product", "v")),
        ("SELECT transform(tags, t -> upper(t)) AS tags FROM sales", ("tags",)),
        ("SELECT a.id FROM sales a JOIN products b USING (id)", ("id",)),
        ("SELECT day FROM (SELECT explode(sequence(min(date(sold_at)), max(date(sold_at)))) AS day FROM sales)", ("day",)),
        ("SELECT id, 'it''s' AS said -- a word\nFROM sales", ("id", "said")),
    ],
)
def test_a_query_that_spark_takes_is_taken(sql: str, columns: tuple[str, ...]) -> None:
    assert outputs(sql) == columns


def test_a_query_tells_what_it_reads_but_not_what_it_names_itself() -> None:
    problems: list[InvalidField] = []
    inputs, _ = query("WITH sales2 AS (SELECT * FROM sales) SELECT s.id FROM sales2 s JOIN products USING (id)", TABLES, WHERE, problems)
    assert (inputs, problems) == (("products", "sales"), [])


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("SELECT id FROM sales WHERE valu > 1", "there is no column 'valu' in sales"),
        ("SELECT id FROM sales ORDER BY valu", "there is no column 'valu' in sales"),
        ("SELECT s.id FROM sales s JOIN products p ON p.nr = s.product", "there is no column 'nr' in products (as p)"),
        ("WITH d AS (SELECT id FROM sales) SELECT d.value FROM d", "there is no column 'value' in d; it has id"),
        ("SELECT more + 1 AS x, value AS more FROM sales", "there is no column 'more' in sales"),
        (
            "SELECT id FROM sales s WHERE EXISTS (SELECT 1 FROM products p WHERE p.id = s.produkt)",
            "there is no column 'produkt' in sales (as s)",
        ),
        ("SELECT id FROM sales JOIN products ON product = products.id", "'id' could be of sales or products; write the table before it"),
        (
            "SELECT id FROM (SELECT id FROM sals)",
            "there is no table 'sals' in silver and gold; it has products, sales; did you mean 'sales'?",
        ),
    ],
)
def test_a_name_that_is_not_there_is_told_with_what_is(sql: str, problem: str) -> None:
    problems: list[InvalidField] = []
    query(sql, TABLES, WHERE, problems)
    assert any(problem in str(found) for found in problems), [str(found) for found in problems]


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("ID + value", ("id", "value")),
        ("`value`", ("value",)),
        ("transform(tags, t -> concat(t, name))", ("name", "tags")),
        ("filter(tags, (t, i) -> i > id)", ("id", "tags")),
        ("maker.city", ("maker",)),
        ("CASE WHEN id IN (1, 2) THEN 'a' ELSE cast(value AS string) END", ("id", "value")),
        ("value BETWEEN 0 AND 10 AND name RLIKE '^\\\\d+$'", ("value", "name")),
        ("try_cast(name AS decimal(10,2))", ("name",)),
        ("42", ()),
    ],
)
def test_an_expression_over_one_row_names_its_columns(sql: str, columns: tuple[str, ...]) -> None:
    problems: list[InvalidField] = []
    assert row_expression(sql, ("id", "value", "name", "tags", "maker"), "t", WHERE, problems) == columns
    assert not problems


@pytest.mark.parametrize("sql", ["id AS x", "id, value", "id; value", "", "   ", "SELECT id", "DROP TABLE t", "id FROM t", "(id"])
def test_what_is_no_expression_is_refused(sql: str) -> None:
    problems: list[InvalidField] = []
    row_expression(sql, ("id", "value"), "t", WHERE, problems)
    assert len(problems) == 1
