"""Which columns are made from which."""

import pytest

from medallion.manifest.compiler.lineage import lineage
from medallion.manifest.lineage import Lineage, Place
from medallion.manifest.model import BronzeTable, Column, GoldTable, Manifest, Product, Reference, SilverTable


def columns(*names: str, **expressions: str) -> tuple[Column, ...]:
    plain = {name: f"`{name}`" for name in names}
    return tuple(Column(name=name, type="string", expression=made) for name, made in {**plain, **expressions}.items())


BRONZE = BronzeTable(
    product="p",
    name="s__o",
    contract="c",
    version="1",
    columns=columns("id", "buyer", "total", "tip", "at"),
    source="s",
    object="o",
    mode="snapshot",
)
SILVER = SilverTable(
    product="p",
    name="orders",
    contract="c",
    version="1",
    columns=columns("id", "at", who="sha2(buyer, 256)", total="total + tip"),
    input="s__o",
    key=("id",),
)


def made(sql: str) -> Lineage:
    gold = GoldTable(product="p", name="g", contract="c", version="1", columns=columns("who", "t"), inputs=("orders",), sql=sql)
    return lineage(Manifest(lake="l", products=(Product(name="p", tables=(BRONZE, SILVER, gold)),)))


def hit(found: Lineage, column: str) -> set[str]:
    return {str(place) for place in found.made_from(Place("silver.orders", column))}


ROWS, WHO, T = "gold.g (its rows)", "gold.g.who", "gold.g.t"


@pytest.mark.parametrize(
    ("sql", "total", "at", "who"),
    [
        pytest.param(
            "SELECT who, sum(total) AS t FROM orders WHERE at > '1' GROUP BY who", {T}, {ROWS}, {ROWS, WHO}, id="a condition and a group"
        ),
        pytest.param(
            "WITH a AS (SELECT who, total AS x, at FROM orders) SELECT b.who, b.t FROM (SELECT who, max(x) t FROM a WHERE at > '2' GROUP BY 1) b",
            {T},
            {ROWS},
            {ROWS, WHO},
            id="through WITH and a subquery",
        ),
        pytest.param(
            "SELECT who, total AS t FROM orders UNION ALL SELECT at, who FROM orders", {T}, {WHO}, {WHO, T}, id="a union by place"
        ),
        pytest.param(
            "SELECT who, (SELECT max(i.total) FROM orders i WHERE i.at = o.at) AS t FROM orders o", {T}, {ROWS, T}, {WHO}, id="correlated"
        ),
        pytest.param(
            "SELECT who, e AS t FROM orders LATERAL VIEW explode(split(total, ',')) x AS e", {ROWS, T}, set(), {WHO}, id="exploded"
        ),
        pytest.param("SELECT *, 1 AS t FROM orders", set(), set(), {WHO}, id="a star"),
        pytest.param("SELECT a.who, b.total AS t FROM orders a JOIN orders b ON a.at = b.at", {T}, {ROWS}, {WHO}, id="a join"),
        pytest.param("", {ROWS, WHO, T}, {ROWS, WHO, T}, {ROWS, WHO, T}, id="no SQL to follow"),
    ],
)
def test_a_query_is_followed_to_its_columns(sql: str, total: set[str], at: set[str], who: set[str]) -> None:
    found = made(sql)
    assert hit(found, "total") == total
    assert hit(found, "at") == at
    assert hit(found, "who") == who


def test_a_source_column_is_followed_through_silver_to_gold() -> None:
    found = made("SELECT who, total AS t FROM orders")
    assert [str(place) for place in found.made_from(Place("bronze.s__o", "tip"))] == ["gold.g.t", "silver.orders.total"]
    assert Place("silver.orders") in found.made_from(Place("bronze.s__o", "id"))
    assert Place("gold.g") in found.made_from(Place("bronze.s__o"))


def test_a_reference_makes_rows_depend_on_the_other_table() -> None:
    other = SILVER.model_copy(update={"name": "lines", "references": (Reference(columns=("who",), table="orders", to=("id",)),)})
    found = lineage(Manifest(lake="l", products=(Product(name="p", tables=(BRONZE, SILVER, other)),)))
    assert Place("silver.lines") in found.made_from(Place("silver.orders", "id"))
    assert Place("silver.lines") in found.made_from(Place("silver.lines", "who"))
    assert found.made_from(Place("silver.lines", "at")) == ()
