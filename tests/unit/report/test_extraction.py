"""What the page says of tables that a model extracts: told without a word of a document."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

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


def test_a_table_of_which_nothing_is_seen_is_not_said_to_be_empty() -> None:
    told = text(facts(manifest=LAKE, persona="engineer", hidden=(f"bronze.{ORDERS.name}",)))
    assert "engineer sees none of its values." in told
    assert "was not asked about any document yet" not in told


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
