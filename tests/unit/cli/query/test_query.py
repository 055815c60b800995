"""`lake query` where there is nobody to ask, or nothing that was deployed."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from pyathena.error import DatabaseError

from cli.context import Context
from cli.query.athena import ask, reason
from cli.terminal.failures import UNREACHABLE, Unreachable, exit_code
from tests.ports import free_port


def test_a_laptop_that_is_down_is_to_be_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_PORT", str(free_port()))
    with pytest.raises(Unreachable, match=r"does not answer at .*: run `lake up` first") as raised:
        ask(Context(home=tmp_path), "SELECT 1")
    assert exit_code(raised.value) == UNREACHABLE


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("WorkGroup dev-engineers is not found.", "WorkGroup dev-engineers is not found. Is the lake deployed? Next: lake deploy"),
        ("line 1:1: mismatched input 'SELEC'", "line 1:1: mismatched input 'SELEC'"),
    ],
)
def test_a_refusal_is_told_in_athenas_words_with_what_to_do(message: str, told: str) -> None:
    error = DatabaseError("as PyAthena says it")
    error.__cause__ = ClientError({"Error": {"Code": "InvalidRequestException", "Message": message}}, "StartQueryExecution")
    assert reason(error) == told


def test_who_may_not_see_something_is_told_as_whom_athena_was_asked() -> None:
    refused = "COLUMN_NOT_FOUND: line 1:8: Column 'email' cannot be resolved or requester is not authorized to access requested resources"
    assert reason(DatabaseError(refused), "analyst") == f"{refused}\nAsked as analyst; `lake access` shows who sees what."
    assert reason(DatabaseError("line 1:1: mismatched input 'SELEC'"), "analyst") == "line 1:1: mismatched input 'SELEC'"
