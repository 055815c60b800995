"""Spark reads a contract's literals, names and rules as the contract means them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from medallion.manifest.spark_sql import identifier, literal, number, text

# What no source can hold: Postgres has no NUL, and a lone surrogate is no character.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(
    ["it's", "a\\b", "\\'", "${spark.app.name}", "$${x}", "\\u0041", "`", '"', "%", "_", "--", "/*", "\n", ";", "'; DROP TABLE t"]
)
# pyspark leaves the socket of each collect() to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def session(spark: SparkSession) -> SparkSession:
    """The session of all tests: a JVM knows one set of jars, so it can't be another."""
    return spark


def one(session: SparkSession, expressions: list[str]) -> list[Any]:
    """The values of some expressions."""
    (row,) = session.sql("SELECT " + ", ".join(f"{expression} AS c{at}" for at, expression in enumerate(expressions))).collect()
    return list(row)


@SLOW
@given(values=st.lists(TEXTS, min_size=1, max_size=20))
def test_a_text_is_read_as_it_is(session: SparkSession, values: list[str]) -> None:
    assert one(session, [text(value) for value in values]) == values


@SLOW
@given(values=st.lists(st.integers(-(10**30), 10**30) | st.floats(-1e15, 1e15, allow_subnormal=False), min_size=1, max_size=20))
def test_a_number_is_read_as_it_is(session: SparkSession, values: list[int | float]) -> None:
    short = [value for value in values if len(number(value).lstrip("-").replace(".", "")) <= 38]
    assert all(
        one(
            session,
            ["true", *(f"{number(value)} = CAST('{number(value)}' AS DECIMAL(38, 7))" for value in short if isinstance(value, int))],
        )
    )
    assert [float(found) for found in one(session, ["0", *map(number, short)])[1:]] == [float(value) for value in short]


@SLOW
@given(names=st.lists(TEXTS.filter(lambda name: name and "${" not in name), min_size=1, max_size=5, unique_by=str.casefold))
def test_a_name_is_read_as_it_is(session: SparkSession, names: list[str]) -> None:
    frame = session.sql("SELECT " + ", ".join(f"{at} AS {identifier(name)}" for at, name in enumerate(names)))
    assert frame.columns == names


@pytest.mark.parametrize(
    ("value", "type_", "probe", "kept"),
    [
        ("2017-01-31", "date", "DATE'2017-01-31'", True),
        ("2017-01-31T12:00:00+02:00", "timestamp", "TIMESTAMP'2017-01-31 10:00:00Z'", True),
        ("2017-01-31T12:00:00", "timestamp", "TIMESTAMP'2017-01-31 12:00:00Z'", True),
        ("2017-01-31 12:00:00", "timestamp_ntz", "TIMESTAMP_NTZ'2017-01-31 12:00:00'", True),
        (0.1, "decimal(10,2)", "CAST('0.10' AS DECIMAL(10,2))", True),
        (0.1, "decimal(10,2)", "CAST('0.11' AS DECIMAL(10,2))", False),
        (False, "boolean", "false", True),
        (-7, "tinyint", "CAST(-7 AS TINYINT)", True),
    ],
    ids=str,
)
def test_a_literal_compares_with_its_type(session: SparkSession, value: object, type_: str, probe: str, kept: bool) -> None:
    assert one(session, [f"{probe} = {literal(value, type_)}"]) == [kept]


@pytest.mark.parametrize(
    ("pattern", "value", "kept"),
    [
        (r"^\d{2}$", "12", True),
        (r"^\d{2}$", "1", False),
        (r"^a\.b$", "a.b", True),
        (r"^a\.b$", "axb", False),
        ("it's", "it's", True),
        ("b", "abc", True),
    ],
)
def test_a_pattern_means_what_it_says(session: SparkSession, pattern: str, value: str, kept: bool) -> None:
    assert one(session, [f"{text(value)} RLIKE {text(pattern)}"]) == [kept]
