"""Athena's answers, some five hundred statements by area, asked as a client asks them."""

from collections.abc import Mapping

import pytest

from tests.local.athena.suite import Ask, Case, cases, check

pytestmark = pytest.mark.full_size


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases()])
def test_a_statement_has_the_documented_answer(case: Case, ask: Ask) -> None:
    check(case, ask)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in cases(history=True)])
def test_a_table_with_a_history_has_the_documented_answer(case: Case, ask: Ask, history: Mapping[str, str]) -> None:
    check(case, ask, history)
