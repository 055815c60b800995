"""What the page says of tables that a model extracts: counted by Athena's SQL, compared with the truth, and told without a word of a document."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.services.athena.engine import Engine
from local.services.athena.sql import dialect
from medallion.manifest.model import BronzeTable, Choice, ExtractedField, Extraction, Manifest, Product
from report.extraction import questions
from report.extraction.agreement import Agreement, agreement, outcome
from report.extraction.facts import Asked, Asking, Compared, ExtractedTable, RefusedAnswers, WeekOfValue
from report.extraction.weeks import SHOWN_WEEKS, window
from report.page import page
from tests.unit.report.lake import NAMES, NOW, SHOP, column, facts
from tests.unit.report.test_page import HOSTILE, Read, text

KIND = ExtractedField(name="kind", type="string", description="What.", required=True, choices=(Choice(value="a"), Choice(value="b")))
FIELDS = (
    ExtractedField(name="note", type="string", description="No choices.", required=True),
    KIND,
    ExtractedField(name="total", type="decimal(10,2)", description="Money."),
    ExtractedField(name="secret", type="string", description="Nobody's."),
    ExtractedField(name="due", type="date", description="When."),
    ExtractedField(name="urgent", type="boolean", description="Whether."),
)
EXTRACTION = Extraction(documents="mail__letters", instruction="Find orders.", fields=FIELDS)
ORDERS = BronzeTable(
    product="shop",
    name="reader__orders",
    contract="contracts/shop/bronze/orders.yaml",
    version="1.0.0",
    columns=(
        column("document_id"),
        column("record", "bigint"),
        *(column(field.name, field.type, "restricted" if field.name == "secret" else "internal") for field in FIELDS),
    ),
    source="reader",
    object="orders",
    mode="extraction",
    key=("document_id", "record"),
    extraction=EXTRACTION,
)
TABLES = ((ORDERS, EXTRACTION),)
LAKE = Manifest(lake="shop", products=(Product(name="shop", tables=(*SHOP.products[0].tables, ORDERS)),))
ONE, OTHER = Asked(model="m", prompt_version="v1"), Asked(model="n", prompt_version="v1")

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


def asked(sql: str) -> list[tuple[Any, ...]]:
    """The laptop's Athena's answer, over the rows above."""
    for name in ("orders", "letters"):
        sql = re.sub(rf'dev_bronze\."\w+__{name}"', name, sql)
    tables = f"WITH orders({COLUMNS}) AS (VALUES {', '.join(ROWS)}), letters(document_id) AS (VALUES 'd1', 'd2', 'd3', 'd4', 'd5', 'd6')"
    statement = dialect.parse(f"{tables} {sql}")
    assert isinstance(statement, dialect.Query)
    result = Engine(None).run(statement, None, lambda _database, table: pytest.fail(table))
    types = [one.type for one in result.columns]
    return [tuple(read(cell, type) for cell, type in zip(row, types, strict=True)) for row in result.rows]


def read(cell: str | None, type: str) -> Any:
    """A value as the command's client has it."""
    if cell is None:
        return None
    readers: dict[str, Callable[[str], Any]] = {"bigint": int, "integer": int, "double": float, "boolean": lambda text: text == "true"}
    return readers.get(type, str)(cell)


def test_each_document_counts_once_and_each_answer_is_paid_for_once() -> None:
    other, one = questions.askings_of(asked(questions.askings_query(NAMES, TABLES)))["reader__orders"]
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


def test_the_same_reason_is_one_whichever_record_it_is_about() -> None:
    (reason,) = questions.reasons_of(asked(questions.reasons_query(NAMES, TABLES)))["reader__orders"]
    assert (reason.documents, reason.reason) == (2, "enum: a record, kind: must be one of a, b")


def test_weeks_are_of_the_records_that_each_document_has_now() -> None:
    sql = questions.weeks_query(NAMES, LAKE, TABLES)
    assert sql is not None
    found = {(one.value, one.week): one.records for one in questions.weeks_of(asked(sql))["reader__orders"]}
    assert found == {("a", date(2026, 1, 5)): 2, ("b", None): 1}


def test_what_was_found_is_compared_with_what_is_known_and_no_closed_field_is_asked_for() -> None:
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
    one, other = questions.compared(asked(sql), fields, known, [ONE, OTHER])
    assert (one.asked, other.asked) == (ONE, OTHER)
    told = one.agreement
    assert (told.documents, told.found, told.lost, told.extra) == (3, 2, 1, 1)
    assert told.fields["note"] == {"right": 2, "wrong": 0, "missing": 0, "invented": 0, "none": 0}
    assert told.fields["due"] == {"right": 0, "wrong": 1, "missing": 0, "invented": 0, "none": 1}
    assert told.fields["urgent"] == {"right": 1, "wrong": 0, "missing": 0, "invented": 0, "none": 1}
    assert (other.agreement.documents, other.agreement.lost) == (1, 1)
    assert questions.compared(asked(sql), fields, known, []) == ()


@pytest.mark.parametrize(
    ("expected", "value", "became"),
    [
        ("5.98", "5.980", "right"),
        (5, 5.0, "right"),
        ("Brot", "BROT", "right"),
        (True, False, "wrong"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00", "right"),
        ("Tea", "2026", "wrong"),
        ("NaN", "nan", "right"),
        ("x", None, "missing"),
        (None, "x", "invented"),
        (None, None, "none"),
    ],
)
def test_a_value_is_what_it_says_however_it_is_written(expected: object, value: object, became: str) -> None:
    assert outcome(expected, value) == became


def test_records_meet_those_that_they_are_most_like() -> None:
    swapped = agreement([([{"kind": "a", "n": 1}, {"kind": "b", "n": 2}], [{"kind": "b", "n": 2}, {"kind": "a", "n": 3}])], ["kind", "n"])
    assert swapped.fields["kind"]["right"] == 2
    assert (swapped.fields["n"]["right"], swapped.fields["n"]["wrong"]) == (1, 1)


def test_a_table_without_an_open_field_that_leads_has_no_weeks_and_says_why() -> None:
    for change, said in (
        ({"required": False}, "No field with choices is required"),
        ({"name": "secret"}, "secret is not public or internal"),
    ):
        extraction = EXTRACTION.model_copy(update={"fields": (KIND.model_copy(update=change),)})
        contract = ORDERS.model_copy(update={"extraction": extraction})
        assert questions.weeks_query(NAMES, LAKE, ((contract, extraction),)) is None
        assert said in text(page_facts(contract=contract))


def weeks(*counted: tuple[str, date | None, int]) -> tuple[WeekOfValue, ...]:
    return tuple(WeekOfValue(value=value, week=week, records=records) for value, week, records in counted)


def test_the_newest_weeks_that_have_begun_are_drawn_without_a_gap_and_the_rest_is_counted() -> None:
    monday = date(2026, 2, 23)
    far = monday - SHOWN_WEEKS * timedelta(weeks=1)
    drawn = window(
        weeks(("a", monday, 2), ("b", monday - timedelta(weeks=2), 1), ("a", far, 3), ("a", date(9999, 12, 27), 4), ("a", None, 5)),
        NOW.date(),
    )
    assert drawn.weeks == tuple(monday - timedelta(weeks=number) for number in (2, 1, 0))
    assert (drawn.elsewhere, drawn.timeless) == (7, 5)
    assert drawn.order == ["a", "b"]
    assert window(weeks(("a", date.min, 1)), NOW.date()).weeks == (date.min,)
    assert window(weeks(("a", date(9999, 12, 27), 1)), NOW.date()).weeks == (date(9999, 12, 27),)


FIVE = Asking(
    asked=ONE,
    held=6,
    documents=5,
    with_records=2,
    without_records=1,
    refused=2,
    records=3,
    calls=10,
    further_calls=4,
    input_tokens=1000,
    output_tokens=100,
    cost_usd=Decimal("0.0010"),
    last_at=NOW,
)


def asking(**more: Any) -> Asking:
    return FIVE.model_copy(update=more)


def page_facts(contract: BronzeTable = ORDERS, **more: Any) -> Any:
    lake = Manifest(lake="shop", products=(Product(name="shop", tables=(*SHOP.products[0].tables, contract)),))
    given = {"table": contract.name, "provider": "gemini", "askings": (asking(),), **more}
    return facts(manifest=lake, extracted=(ExtractedTable(**given),))


def test_the_page_tells_documents_cost_refusals_weeks_and_agreement() -> None:
    counted = Agreement(
        documents=3, found=2, lost=1, extra=1, fields={"kind": {"right": 3, "wrong": 1, "missing": 0, "invented": 2, "none": 0}}
    )
    given = page_facts(
        refused=(RefusedAnswers(asked=ONE, reason="enum: a record, kind: must be one of a, b", documents=2),),
        weeks=weeks(("a", date(2026, 2, 23), 2), ("a", None, 1)),
        known=3,
        compared=(Compared(asked=ONE, agreement=counted),),
    )
    told = text(given)
    for said in (
        "reader (provider gemini) is asked about mail__letters, which holds 6 documents.",
        "m, 5 documents: 2 with records, 1 without, 2 refused.",
        "0.0010 USD 0.00020 USD",
        "kind over time: records by week, by due",
        "1 record without due: not drawn.",
        "No record in these weeks: b.",
        "enum: a record, kind: must be one of a, b m v1 2",
        "m, prompt version v1, 3 documents: 2 records found, 1 not found, 1 that should not be there.",
        "kind 3 1 0 2 0 75 %",
        "1 field not public or internal: not compared.",
    ):
        assert said in told
    assert "does not add up" not in told


def test_what_has_no_price_did_not_cost_nothing_and_without_a_truth_nothing_agrees() -> None:
    told = text(page_facts(askings=(asking(cost_usd=Decimal(0)),)))
    assert "no price no price" in told
    assert "USD" not in told
    assert "There is no truth to compare with" in told
    assert "No answer was refused." in told
    assert "asked about none of them" in text(page_facts(known=3))


def test_a_sum_that_is_not_right_is_told() -> None:
    assert "m, 5 documents: 2 with records, 1 without, 1 refused; this does not add up." in text(
        page_facts(askings=(asking(refused=1), asking(asked=OTHER)))
    )


def test_a_lake_says_that_nobody_was_asked_and_one_without_extraction_says_nothing() -> None:
    assert "was not asked about any document yet" in text(facts(manifest=LAKE))
    assert "Rows from texts" not in text(facts())


def test_hostile_text_of_a_model_stays_text() -> None:
    hostile = Asked(model=HOSTILE, prompt_version=HOSTILE)
    counted = Agreement(documents=1, found=1, fields={HOSTILE: dict.fromkeys(("right", "wrong", "missing", "invented", "none"), 1)})
    given = page_facts(
        provider=HOSTILE,
        askings=(asking(asked=hostile),),
        refused=(RefusedAnswers(asked=hostile, reason=HOSTILE, documents=1),),
        weeks=weeks((HOSTILE, date(2026, 2, 23), 2)),
        known=1,
        compared=(Compared(asked=hostile, agreement=counted),),
    )
    shown = Read(html := page(given))
    assert len(shown.all("script")) == 1
    assert shown.all("img") == []
    assert "\x00" not in html
    assert all(picture.get("aria-label") or picture.get("aria-hidden") for picture in shown.all("svg"))
    assert len(shown.all("caption")) == len(shown.all("table"))
