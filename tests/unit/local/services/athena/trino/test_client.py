"""Statements over Trino's protocol: pages, errors, another try just after a start, the end from another thread."""

import base64
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.services.athena.trino.client import TOKEN_SECONDS, Column, Statement, Trino, TrinoFailed, token
from local.services.athena.trino.files import Folder
from local.services.athena.trino.types import Type

STATS = {"physicalInputBytes": 0}


class Served(Trino):
    """A Trino whose answers were written down before, and that remembers what it was asked."""

    def __init__(self, *pages: Mapping[str, Any] | str) -> None:
        super().__init__(Folder(Path("/nonexistent")))
        self.pages = list(pages)
        self.asked: list[tuple[str, str, str | None]] = []
        self.headers: Mapping[str, str] = {}

    def request(
        self, method: str, address: str, *, user: str | None, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        self.asked.append((method, address, body))
        self.headers = headers or self.headers
        if method == "DELETE":
            return b""
        page = self.pages.pop(0)
        return page.encode() if isinstance(page, str) else json.dumps({"id": "q", "stats": STATS, **page}).encode()


def failed(name: str) -> dict[str, object]:
    return {"error": {"errorName": name, "errorType": "USER_ERROR", "message": "words"}}


def test_an_answer_is_all_of_its_pages() -> None:
    columns = [{"name": "a", "typeSignature": {"rawType": "integer", "arguments": []}}]
    trino = Served(
        {"nextUri": "https://127.0.0.1:1/v1/statement/queued/1"},
        {"nextUri": "https://127.0.0.1:1/v1/statement/executing/2", "columns": columns, "data": [["1.50"]]},
        {"columns": columns, "data": [["2.50"]], "stats": {"physicalInputBytes": 7}},
    )
    answer = trino.run("SELECT a", user="ana", schema="shop", scan_limit_bytes=10)
    assert answer.columns == (Column("a", Type("integer")),)
    assert answer.rows == (("1.50",), ("2.50",))
    assert answer.scanned_bytes == 7
    assert [(method, body) for method, _, body in trino.asked] == [("POST", "SELECT a"), ("GET", None), ("GET", None)]
    assert trino.headers["X-Trino-User"] == "ana"
    assert trino.headers["X-Trino-Schema"] == "shop"
    assert trino.headers["X-Trino-Session"] == "query_max_scan_physical_bytes=10B"


def test_a_type_has_its_numbers_its_parts_and_the_names_of_its_fields() -> None:
    decimal = {"rawType": "decimal", "arguments": [{"kind": "LONG", "value": 10}, {"kind": "LONG", "value": 2}]}
    fields = [
        {"kind": "NAMED_TYPE", "value": {"fieldName": {"name": "A b"}, "typeSignature": decimal}},
        {"kind": "NAMED_TYPE", "value": {"typeSignature": {"rawType": "date", "arguments": []}}},
    ]
    array = {"rawType": "array", "arguments": [{"kind": "TYPE", "value": {"rawType": "row", "arguments": fields}}]}
    row = Type("row", (), (Type("decimal", (10, 2)), Type("date")), ("A b", None))
    assert Type.of(array) == Type("array", (), (row,))


def test_a_quick_query_that_read_too_much_is_over_the_limit_and_a_change_is_done() -> None:
    over = {"stats": {"physicalInputBytes": 11}}
    with pytest.raises(TrinoFailed, match="EXCEEDED_SCAN_LIMIT"):
        Served(over).run("SELECT a", user="ana", scan_limit_bytes=10)
    assert Served({**over, "updateType": "INSERT"}).run("INSERT", user="ana", scan_limit_bytes=10).scanned_bytes == 11


def test_numbers_with_an_exponent_stay_as_trino_writes_them() -> None:
    page = '{"id": "q", "stats": {"physicalInputBytes": 0}, "data": [[1.0E10], [12], [null]]}'
    assert Served(page).run("SELECT x", user="ana").rows == (("1.0E10",), (12,), (None,))


def test_a_failure_has_trinos_name_and_says_whose_fault_it_is() -> None:
    with pytest.raises(TrinoFailed, match="COLUMN_NOT_FOUND: words") as caught:
        Served(failed("COLUMN_NOT_FOUND")).run("SELECT nothing", user="ana")
    assert (caught.value.name, caught.value.kind) == ("COLUMN_NOT_FOUND", "USER_ERROR")


def test_a_server_that_does_not_know_itself_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.services.athena.trino.client.time.sleep", lambda seconds: None)
    trino = Served(failed("NO_NODES_AVAILABLE"), failed("SERVER_STARTING_UP"), {"data": [[1]]})
    assert trino.run("SELECT 1", user="ana").rows == ((1,),)
    assert [method for method, _, _ in trino.asked] == ["POST", "POST", "POST"]


def test_a_cancelled_statement_is_ended_at_the_server_too() -> None:
    trino = Served({"nextUri": "https://127.0.0.1:1/v1/statement/executing/2"})
    statement = Statement(trino, "SELECT 1", "ana")
    statement.cancel()
    with pytest.raises(InterruptedError):
        statement.run()
    assert trino.asked[-1][:2] == ("DELETE", "https://127.0.0.1:1/v1/statement/executing/2")


def test_a_failure_after_the_cancellation_is_the_cancellation() -> None:
    trino = Served(failed("USER_CANCELED"))
    statement = Statement(trino, "SELECT 1", "ana")
    statement.cancel()
    with pytest.raises(InterruptedError):
        statement.run()


def test_a_token_says_who_asks_for_two_minutes_and_is_signed_with_the_key() -> None:
    signed, _, signature = token(b"key", "ana", 1000.0).rpartition(".")
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    assert claims == {"sub": "ana", "aud": "athena", "iat": 1000, "exp": 1000 + TOKEN_SECONDS}
    assert base64.urlsafe_b64decode(signature + "=") == hmac.digest(b"key", signed.encode(), "sha256")
