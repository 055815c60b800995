"""Names of tables, by the patterns that SHOW TABLES and drivers give."""

import pytest

from local.services.athena.catalog import name_pattern
from local.services.athena.errors import QueryFailed

NAMES = ["flights", "flights_2024", "orders"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, NAMES),
        ("*", NAMES),
        (".*", NAMES),
        ("flights", ["flights"]),
        ("flights*", ["flights", "flights_2024"]),
        ("*2024", ["flights_2024"]),
        ("flights|orders", ["flights", "orders"]),
        ("light", []),
        ("*_2024*|fl*g*s|o.*s", NAMES),
        (r"flights_\d+", ["flights_2024"]),
    ],
)
def test_a_pattern_is_a_regular_expression_in_which_a_star_is_any_text(pattern: str | None, expected: list[str]) -> None:
    assert [name for name in NAMES if name_pattern(pattern).fullmatch(name)] == expected


@pytest.mark.parametrize("pattern", ["(.|.|.)*x", "(a+)+x", "(.*|x)(.*|x)(.*|x)(.*|x)(.*|x)x", "*a*a*a*a*a*b", "(a){9}"])
def test_a_pattern_that_could_hold_the_laptop_is_refused(pattern: str) -> None:
    with pytest.raises(QueryFailed, match=r"^INVALID_ARGUMENTS: the pattern of names repeats"):
        name_pattern(pattern)


def test_what_is_no_pattern_says_so() -> None:
    with pytest.raises(QueryFailed, match=r"^INVALID_ARGUMENTS: the pattern of names is no regular expression: missing \)"):
        name_pattern("flights(")
