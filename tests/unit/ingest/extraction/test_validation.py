"""An answer is taken word by word, or refused with what would be right and nothing of what it says."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.ingest.extraction.evidence import Evidence
from medallion.ingest.extraction.validation import Invalid, Records, validated
from medallion.manifest.model import Choice, ExtractedField, Extraction

TEXT = "On 3 May the patient, 71, was discharged with 2.50 mg of a drug."
WORDS = "with 2.50 mg"


def field(type_: str, **told: Any) -> ExtractedField:
    return ExtractedField(name="found", type=type_, description="…", **told)


def extraction(*fields: ExtractedField) -> Extraction:
    return Extraction(documents="ward__notes", instruction="…", fields=fields)


def answer(value: Any, words: Any = WORDS) -> str:
    return json.dumps({"records": [{"found": {"value": value, "words": words}}]})


@pytest.mark.parametrize(
    ("type_", "written", "value"),
    [
        ("string", "2.50 mg", "2.50 mg"),
        ("bigint", 71, 71),
        ("double", 2.5, 2.5),
        ("double", 2, 2.0),
        ("decimal(5,2)", 2.5, Decimal("2.50")),
        ("decimal(5,2)", "2.50", Decimal("2.50")),
        ("boolean", False, False),
        ("date", "2026-05-03", date(2026, 5, 3)),
        ("timestamp", "2026-05-03T10:00:00Z", datetime(2026, 5, 3, 10, tzinfo=UTC)),
        ("timestamp", "2026-05-03T10:00:00", datetime(2026, 5, 3, 10, tzinfo=UTC)),
        ("timestamp", "2026-05-03T10:00:00+02:00", datetime(2026, 5, 3, 8, tzinfo=UTC)),
    ],
)
def test_a_value_is_what_its_column_holds(type_: str, written: Any, value: Any) -> None:
    result = validated(answer(written), extraction(field(type_)), TEXT)
    assert isinstance(result, Records)
    (record,) = result.records
    assert record.values == {"found": value}
    assert type(record.values["found"]) is type(value)
    assert record.evidence == {"found": Evidence(WORDS, 41, 53)}


@pytest.mark.parametrize(
    ("told", "written", "code"),
    [
        pytest.param({"type_": "string"}, 3, "type", id="number-for-text"),
        pytest.param({"type_": "string"}, "\ud800", "type", id="half-a-character"),
        pytest.param({"type_": "bigint"}, "3", "type", id="text-for-number"),
        pytest.param({"type_": "bigint"}, 3.5, "type", id="fraction"),
        pytest.param({"type_": "bigint"}, True, "type", id="boolean-for-number"),
        pytest.param({"type_": "bigint"}, 2**63, "range", id="65-bits"),
        pytest.param({"type_": "double"}, "many", "type", id="word-for-number"),
        pytest.param({"type_": "decimal(5,2)"}, 2.505, "range", id="too-many-decimals"),
        pytest.param({"type_": "decimal(5,2)"}, 1000, "range", id="too-many-digits"),
        pytest.param({"type_": "decimal(5,2)"}, "NaN", "type", id="no-number"),
        pytest.param({"type_": "boolean"}, "true", "type", id="text-for-boolean"),
        pytest.param({"type_": "date"}, "3 May", "type", id="no-date"),
        pytest.param({"type_": "date"}, "2026-02-30", "type", id="30-february"),
        pytest.param({"type_": "timestamp"}, "2026-05-03", "type", id="date-for-time"),
        pytest.param({"type_": "string", "choices": (Choice(value="yes"), Choice(value="no"))}, "Yes", "enum", id="no-choice"),
        pytest.param({"type_": "string", "pattern": "[A-Z]{2}"}, "ABC", "pattern", id="pattern-in-part-only"),
        pytest.param({"type_": "bigint", "minimum": "72"}, 71, "range", id="below"),
        pytest.param({"type_": "decimal(5,2)", "maximum": "2.49"}, 2.5, "range", id="above"),
        pytest.param({"type_": "date", "minimum": "2026-06-01"}, "2026-05-03", "range", id="too-early"),
        pytest.param({"type_": "string", "required": True}, None, "required", id="missing"),
        pytest.param({"type_": "string"}, {"deep": 1}, "type", id="object"),
    ],
)
def test_a_value_that_is_none_of_its_field_is_refused(told: dict[str, Any], written: Any, code: str) -> None:
    result = validated(answer(written), extraction(field(**told)), TEXT)
    assert isinstance(result, Invalid)
    assert result.code == code
    assert result.sentence.startswith("record 0, found: must")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param("", "json", id="nothing"),
        pytest.param('{"records": [{"found": {"val', "json", id="cut-off"),
        pytest.param("```json\n{}\n```", "json", id="fenced"),
        pytest.param('{"records": [{"found": {"value": NaN, "words": "with"}}]}', "json", id="nan"),
        pytest.param("[" * 100_000, "json", id="endless"),
        pytest.param('{"records": [{"found": {"value": ' + "9" * 5000 + "}}]}", "json", id="5000-digits"),
        pytest.param("[]", "shape", id="list"),
        pytest.param('{"records": [], "more": 1}', "shape", id="more"),
        pytest.param('{"records": {}}', "shape", id="no-list"),
        pytest.param('{"records": [1]}', "shape", id="no-object"),
        pytest.param('{"records": [{"other": null}]}', "shape", id="unknown-field"),
        pytest.param('{"records": [{"found": null}]}', "shape", id="record-of-nothing"),
        pytest.param('{"records": [{"found": 3}]}', "shape", id="bare-value"),
        pytest.param('{"records": [{"found": {"value": 3, "words": "with", "sure": true}}]}', "shape", id="extra-name"),
        pytest.param('{"records": [], "records": []}', "shape", id="twice"),
        pytest.param('{"records": [{"found": {"value": 3}}]}', "evidence", id="without-words"),
        pytest.param('{"records": [{"found": {"value": 3, "words": " "}}]}', "evidence", id="white-space-for-words"),
        pytest.param('{"records": [{"found": {"value": 3, "words": "nobody wrote this"}}]}', "evidence", id="invented"),
        pytest.param('{"records": [{"found": {"value": 1e400, "words": "with"}}]}', "range", id="huge"),
        pytest.param('{"records": [{"found": {"value": 1e999999999, "words": "with"}}]}', "range", id="huge-exponent"),
    ],
)
def test_an_answer_of_another_form_is_refused(raw: str, code: str) -> None:
    result = validated(raw, extraction(field("double")), TEXT)
    assert isinstance(result, Invalid)
    assert result.code == code


def test_what_the_document_does_not_say_is_not_there() -> None:
    told = extraction(field("bigint"), ExtractedField(name="ward", type="string", description="…"))
    result = validated(json.dumps({"records": [{"found": {"value": 71, "words": "71"}, "ward": {"value": None, "words": ""}}]}), told, TEXT)
    assert isinstance(result, Records)
    assert result.records[0].values == {"found": 71}


def test_no_value_and_no_name_that_the_model_made_up_is_told() -> None:
    for raw in (answer("Erna"), answer(3, "Erna"), json.dumps({"records": [{"Erna": None}]}), json.dumps({"Erna": 1})):
        result = validated(raw, extraction(field("bigint")), TEXT)
        assert isinstance(result, Invalid)
        assert "Erna" not in result.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([WORDS, "2026-05-03"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["records", "found", "value", "words", "x"]), inner, max_size=3)
    ),
)
TYPES = st.sampled_from(["string", "bigint", "double", "decimal(5,2)", "boolean", "date", "timestamp"])


@given(JSON, TYPES)
def test_whatever_a_model_says_is_valid_or_refused(content: Any, type_: str) -> None:
    for raw in (content, {"records": content}, {"records": [content]}, {"records": [{"found": content}]}):
        result = validated(json.dumps(raw), extraction(field(type_)), TEXT)
        if isinstance(result, Records):
            assert all(one.evidence.keys() == one.values.keys() for one in result.records)


@given(st.text())
def test_whatever_is_no_json_is_refused(raw: str) -> None:
    assert isinstance(validated(raw, extraction(field("string")), TEXT), Invalid)
