"""Tables come after those that they need, in one order only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.manifest.order import Cycle, ordered

NAMES = "abcdefgh"


@given(st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES))))
def test_each_name_comes_once_and_after_what_it_needs(wanted: dict[str, frozenset[str]]) -> None:
    needs = {name: frozenset(other for other in others if other < name) for name, others in wanted.items()}
    found = ordered(needs)
    assert sorted(found) == sorted(needs)
    assert all(found.index(other) < found.index(name) for name, others in needs.items() for other in others & needs.keys())
    assert found == ordered(dict(reversed(needs.items())))


def test_where_there_is_a_choice_names_decide() -> None:
    assert ordered({"b": frozenset(), "c": frozenset("b"), "a": frozenset()}) == ("a", "b", "c")


def test_a_circle_is_told_from_its_first_name() -> None:
    with pytest.raises(Cycle) as raised:
        ordered({"c": frozenset("a"), "a": frozenset("b"), "b": frozenset("c"), "d": frozenset("a")})
    assert raised.value.tables == ("a", "b", "c", "a")
