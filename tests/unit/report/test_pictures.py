"""Which pictures a gold table gets, what is asked for them, and what they draw."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from local.services.athena.sql import parsing
from local.services.athena.sql.statements import Query
from medallion.manifest.model import GoldTable, Manifest, Product
from medallion.manifest.technical import QUOTING
from report.chart import bars, over_time, scale, spark, spread
from report.graph import drawn, graph_of
from report.picture import Picture, pictures
from report.questions import checks_query, points_query, refusals_query, runs_of, runs_query
from report.words import count, duration, plural, short, usd
from tests.unit.report.lake import DAILY, NAMES, SHOP, column


def table(*columns: tuple[str, str] | tuple[str, str, str], key: tuple[str, ...] = ()) -> GoldTable:
    made = tuple(column(*one) for one in columns)
    return GoldTable(product="p", name="t", contract="", version="1", columns=made, inputs=("people",), sql="SELECT 1", key=key)


def chosen(golden: GoldTable) -> list[tuple[str, str | None, str | None]]:
    manifest = Manifest(lake="l", products=(Product(name="p", tables=(golden,)),))
    return [
        (one.kind, one.what if one.measure else None, one.by) for one in pictures(manifest, NAMES, frozenset({f"dev_gold.{golden.name}"}))
    ]


@pytest.mark.parametrize(
    ("golden", "expected"),
    [
        pytest.param(DAILY, [("time", "revenue", "day"), ("bars", "revenue", "city")], id="a day and a name"),
        pytest.param(table(("at", "timestamp"), ("n", "bigint")), [("time", "n", "at")], id="a time that is no key"),
        pytest.param(table(("name", "string"), ("n", "int"), key=("name",)), [("bars", "n", "name")], id="a name"),
        pytest.param(table(("name", "string"), ("pct_off", "double")), [("bars", "mean pct_off", "name")], id="a share is never summed"),
        pytest.param(table(("id", "bigint"), ("n", "int"), key=("id",)), [("bars", "n", "id")], id="a number as a name"),
        pytest.param(
            table(("id", "bigint", "confidential"), ("n", "int"), key=("id",)), [("spread", "n", None)], id="a name that is closed"
        ),
        pytest.param(table(("name", "string"), key=("name",)), [("bars", None, "name")], id="nothing to measure"),
        pytest.param(table(("name", "string", "restricted"), ("n", "int", "confidential")), [], id="all closed"),
    ],
)
def test_a_table_s_pictures_follow_from_its_contract(golden: GoldTable, expected: list[tuple[str, str | None, str | None]]) -> None:
    assert chosen(golden) == expected


def test_a_table_that_is_not_there_has_no_picture() -> None:
    assert pictures(SHOP, NAMES, frozenset()) == ()


@pytest.mark.parametrize(
    "golden",
    [
        DAILY,
        table(("id", "bigint", "confidential"), ("n", "int"), key=("id",)),
        table(("at", "timestamp"), ('a "quoted" name', "string"), ("share", "double")),
    ],
    ids=["days and names", "a spread", "quoted names"],
)
def test_what_is_asked_is_sql_that_the_laptops_athena_takes_too(golden: GoldTable) -> None:
    manifest = Manifest(lake="l", products=(Product(name="p", tables=(golden,)),))
    made = pictures(manifest, NAMES, frozenset({f"dev_gold.{golden.name}"}))
    for sql in (
        points_query(manifest, NAMES, made),
        runs_query(NAMES),
        runs_query(NAMES, QUOTING),
        checks_query(NAMES),
        refusals_query(NAMES, ["people", "orders"], ["orders"]),
    ):
        assert isinstance(parsing.parse(sql), Query)


def test_no_closed_column_is_ever_asked_for() -> None:
    golden = table(
        ("email", "string", "confidential"), ("salary", "decimal(10,2)", "restricted"), ("city", "string"), ("n", "int"), key=("email",)
    )
    manifest = Manifest(lake="l", products=(Product(name="p", tables=(golden,)),))
    sql = points_query(manifest, NAMES, pictures(manifest, NAMES, frozenset({"dev_gold.t"})))
    assert "city" in sql
    assert "email" not in sql
    assert "salary" not in sql


def test_a_count_that_was_not_made_is_absent() -> None:
    (run,) = runs_of([["r", "p", "ingest", "t", "published", 1.5, None, "r1", 0.0, 1.5, None, 3, *[None] * 8]])
    assert run.rows == {"read": 3}
    assert (run.finished_at - run.started_at).total_seconds() == 1.5


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 25.5, (0, 10, 20, 30)),
        (0, 1, (0, 0.5, 1)),
        (-5, 12, (-5, 0, 5, 10, 15)),
        (0, 0, (0, 1)),
        (0, 4e9, (0, 1e9, 2e9, 3e9, 4e9)),
    ],
)
def test_a_scale_holds_its_values_in_round_steps(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert scale(low, high) == ticks


DAYS = [(date(2026, 1, 1) + timedelta(days=day), float(day % 7)) for day in range(200)]


@pytest.mark.parametrize(
    "picture",
    [
        over_time(DAYS, "sales"),
        over_time(DAYS[:1], "sales"),
        over_time([(day, -value) for day, value in DAYS], "losses"),
        over_time([(day, 0.0) for day, _ in DAYS], "nothing"),
        bars([("a", 5), ("a name that is far too long to stand beside its bar", -2), ("none", 0)], "names"),
        spread([(0, 5), (1, 9), (2, 1)], "values"),
        spread([(3, 5)], "one value"),
        drawn(graph_of(SHOP), {"silver.people": ("12 read", "warn")}, {"silver.people": "people"}),
    ],
    ids=["days", "one day", "negative", "all zero", "bars", "spread", "one value", "lineage"],
)
def test_a_picture_stays_within_its_frame(picture: str) -> None:
    frame = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    assert frame
    assert "nan" not in picture
    assert "inf" not in picture
    for x in re.findall(r' (?:x|cx|x1|x2)="(-?[\d.]+)"', picture):
        assert -4 <= float(x) <= float(frame[1])
    for y in re.findall(r' (?:y|cy|y1|y2)="(-?[\d.]+)"', picture):
        assert 0 <= float(y) <= float(frame[2])
    for height in re.findall(r' (?:height|width)="(-?[\d.]+)"', picture):
        assert float(height) >= 0


def test_one_run_is_no_trend() -> None:
    assert spark([3], "rows") is None
    assert "over the last 3 runs: 1, 0, 2" in str(spark([1, 0, 2], "rows"))


def test_the_way_goes_from_left_to_right() -> None:
    graph = graph_of(SHOP)
    lanes = {node.id: node.lane for node in graph.nodes}
    assert lanes == {"source.crm": 0, "bronze.crm__people": 1, "silver.people": 2, "gold.daily": 3}
    assert graph.edges == (("source.crm", "bronze.crm__people"), ("bronze.crm__people", "silver.people"), ("silver.people", "gold.daily"))


def test_numbers_read_as_people_write_them() -> None:
    assert (count(1469307), plural(1, "row"), plural(0, "row")) == ("1,469,307", "1 row", "0 rows")
    assert [short(value) for value in (0, 0.5, 999, 999.9, 1234, 25_500_000)] == ["0", "0.5", "999", "1 k", "1.23 k", "25.5 M"]
    assert [duration(seconds) for seconds in (0.25, 66.4, 119.6, 125, 3725)] == ["0.2 s", "66 s", "120 s", "2 min 5 s", "1 h 2 min"]
    assert [usd(Decimal(amount)) for amount in ("0", "1234.5", "0.01", "0.000236")] == [
        "0.00 USD",
        "1,234.50 USD",
        "0.01 USD",
        "0.00024 USD",
    ]


def test_a_picture_is_told_in_words() -> None:
    assert Picture(number=0, table="t", kind="spread", measure="n").title == "how n is spread over the rows"
