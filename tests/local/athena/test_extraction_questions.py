"""What the page asks of tables that a model extracts, counted by Athena and compared with the truth."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from report.extraction import questions
from tests.local.athena.suite import Ask
from tests.unit.report.lake import NAMES
from tests.unit.report.test_extraction import EXTRACTION, LAKE, ONE, ORDERS, OTHER, TABLES

# The columns of a bronze row, and those of each answer: d1 has two records, d2 none, d3 was refused and asked again, d4 and d5 are refused.
COLUMNS = (
    "document_id, record, note, kind, total, secret, due, urgent, _is_deleted, _refused, _model, _prompt_version, _attempts, _input_tokens, "
    "_output_tokens, _cost_usd, _written_at, _ingested_at"
)
EMPTY = "NULL, NULL, NULL, NULL, NULL, NULL"
ENUM = "enum: record {}, kind: must be one of a, b"


def taken(calls: int | None = None) -> str:
    return f"{calls}, {100 * calls}, {10 * calls}, 0.000{calls}" if calls else "NULL, NULL, NULL, NULL"


def moments(written: int, ingested: int) -> str:
    return f"timestamp '2026-02-01 10:{written:02d}:00', timestamp '2026-02-01 11:{ingested:02d}:00'"


def refused(document: str, record: int, written: int) -> str:
    return f"('{document}', 0, {EMPTY}, false, '{ENUM.format(record)}', 'm', 'v1', {taken(2)}, {moments(written, 1)})"


def first(ingested: int) -> list[str]:
    """The answer about d1, which a later run takes from S3 again as it is."""
    return [
        f"('d1', 0, 'x', 'a', 5.98, 'dark', date '2026-01-07', true, false, NULL, 'm', 'v1', {taken(2)}, {moments(1, ingested)})",
        f"('d1', 1, 'y', 'b', NULL, NULL, NULL, NULL, false, NULL, 'm', 'v1', {taken()}, {moments(1, ingested)})",
    ]


ROWS = [
    *first(1),
    f"('d2', 0, {EMPTY}, true, NULL, 'm', 'v1', {taken(1)}, {moments(2, 1)})",
    refused("d3", 0, 3),
    f"('d3', 0, 'z', 'a', 1.00, NULL, date '2026-01-05', NULL, false, NULL, 'm', 'v1', {taken(1)}, {moments(9, 2)})",
    refused("d4", 3, 4),
    refused("d5", 0, 5),
    f"('d1', 0, 'x', 'b', 5.98, NULL, date '2026-01-19', NULL, false, NULL, 'n', 'v1', 1, 7, 7, 0, {moments(20, 3)})",
    *first(4),
]


def asked(ask: Ask, sql: str) -> list[tuple[Any, ...]]:
    """The laptop's Athena's answer, over the rows above."""
    for name in ("orders", "letters"):
        sql = re.sub(rf'dev_bronze\."\w+__{name}"', name, sql)
    tables = f"WITH orders({COLUMNS}) AS (VALUES {', '.join(ROWS)}), letters(document_id) AS (VALUES 'd1', 'd2', 'd3', 'd4', 'd5', 'd6')"
    answered = ask(f"{tables} {sql}")
    types = [type for _, type in answered.columns]
    return [tuple(read(cell, type) for cell, type in zip(row, types, strict=True)) for row in answered.rows]


def read(cell: str | None, type: str) -> Any:
    """A value as the command's client has it."""
    if cell is None:
        return None
    readers: dict[str, Callable[[str], Any]] = {"bigint": int, "integer": int, "double": float, "boolean": lambda text: text == "true"}
    return readers.get(type, str)(cell)


def test_each_document_counts_once_and_each_answer_is_paid_for_once(ask: Ask) -> None:
    other, one = questions.askings_of(asked(ask, questions.askings_query(NAMES, TABLES)))["reader__orders"]
    assert (one.asked, other.asked) == (ONE, OTHER)
    assert (one.held, one.documents, one.with_records, one.without_records, one.refused) == (6, 5, 2, 1, 2)
    assert one.balances
    assert other.balances
    assert one.records == 3
    # d3 was asked about twice before it was refused, and once more.
    assert (one.calls, one.further_calls, one.input_tokens, one.output_tokens) == (10, 4, 1000, 100)
    assert one.cost_usd == Decimal("0.0010")
    assert other.cost_usd == 0
    assert one.last_at == datetime(2026, 2, 1, 10, 9, tzinfo=UTC)


def test_the_same_reason_is_one_whichever_record_it_is_about(ask: Ask) -> None:
    (reason,) = questions.reasons_of(asked(ask, questions.reasons_query(NAMES, TABLES)))["reader__orders"]
    assert (reason.documents, reason.reason) == (2, "enum: a record, kind: must be one of a, b")


def test_who_does_not_see_why_an_answer_was_refused_counts_the_same(ask: Ask) -> None:
    why = questions.refusal(EXTRACTION, {"note", "kind", "total", "due", "urgent"})
    assert why is not None
    hidden = {ORDERS.name: why}
    sql = [questions.askings_query(NAMES, TABLES, hidden), questions.weeks_query(NAMES, LAKE, TABLES, hidden) or ""]
    assert [asked(ask, each) for each in sql] == [
        asked(ask, each) for each in (questions.askings_query(NAMES, TABLES), questions.weeks_query(NAMES, LAKE, TABLES) or "")
    ]
    (reason,) = questions.reasons_of(asked(ask, questions.reasons_query(NAMES, TABLES, hidden)))["reader__orders"]
    assert (reason.documents, reason.reason) == (2, "hidden")
    fields = questions.open_fields(LAKE, ORDERS, EXTRACTION)
    sql.append(questions.values_query(NAMES, ORDERS, fields, ["d1"], hidden))
    assert not [each for each in sql if "_refused" in each]
    assert questions.refusal(EXTRACTION, {"document_id"}) is None


def test_weeks_are_of_the_records_that_each_document_has_now(ask: Ask) -> None:
    sql = questions.weeks_query(NAMES, LAKE, TABLES)
    assert sql is not None
    found = {(one.value, one.week): one.records for one in questions.weeks_of(asked(ask, sql))["reader__orders"]}
    assert found == {("a", date(2026, 1, 5)): 2, ("b", None): 1}


def test_what_was_found_is_compared_with_what_is_known_and_no_closed_field_is_asked_for(ask: Ask) -> None:
    fields = questions.open_fields(LAKE, ORDERS, EXTRACTION)
    assert [field.name for field in fields] == ["note", "kind", "total", "due", "urgent"]
    known: dict[str, list[dict[str, object]]] = {
        "d1": [{"note": "Y", "kind": "b"}, {"note": "x", "kind": "a", "total": "5.98", "due": "2026-01-08", "urgent": True}],
        "d2": [{"note": "unseen", "kind": "a"}],
        "d3": [],
        "d6": [{"note": "nobody was asked", "kind": "a"}],
    }
    sql = questions.values_query(NAMES, ORDERS, fields, sorted(known))
    assert "secret" not in sql
    one, other = questions.compared(asked(ask, sql), fields, known, [ONE, OTHER])
    assert (one.asked, other.asked) == (ONE, OTHER)
    told = one.agreement
    assert (told.documents, told.found, told.lost, told.extra) == (3, 2, 1, 1)
    assert told.fields["note"] == {"right": 2, "wrong": 0, "missing": 0, "invented": 0, "none": 0}
    assert told.fields["due"] == {"right": 0, "wrong": 1, "missing": 0, "invented": 0, "none": 1}
    assert told.fields["urgent"] == {"right": 1, "wrong": 0, "missing": 0, "invented": 0, "none": 1}
    assert (other.agreement.documents, other.agreement.lost) == (1, 1)
    assert questions.compared(asked(ask, sql), fields, known, []) == ()
