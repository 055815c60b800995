"""The bronze rows of one document, made of nothing but its durable answers, the contract and its text."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from medallion.ingest.extraction.answers import Answers
from medallion.ingest.extraction.evidence import Evidence, Searchable
from medallion.ingest.extraction.split import reconciled
from medallion.ingest.extraction.validation import Invalid, Record, validated
from medallion.manifest.model import Extraction
from medallion.manifest.names import DELETED, EVIDENCE, REFUSED, WRITTEN_AT

ANSWER, MODEL, PROMPT_VERSION = "_answer", "_model", "_prompt_version"
ATTEMPTS, INPUT_TOKENS, OUTPUT_TOKENS, COST, LATENCY = "_attempts", "_input_tokens", "_output_tokens", "_cost_usd", "_latency_ms"
_NANO = Decimal("1e-9")

type Row = dict[str, Any]


def bronze_rows(answers: Answers, extraction: Extraction, text: str, key: str, earlier: int = 0) -> tuple[Row, ...]:
    """The rows of a document that the model was asked about.

    Args:
        answers: Its durable answers, with an outcome.
        extraction: What was asked.
        text: The document's text.
        key: The key of the answers in S3.
        earlier: How many records the last valid answer gave before this one; those that there are no more get a row that says so. A
            refused answer leaves them.

    Returns:
        One dictionary a row, with all columns of the table but the run's own two: at least that of record 0, which alone says what the
        document's calls took, so that sums are right. Times are UTC with a zone.
    """
    found = _records(answers, extraction, text)
    base: Row = {
        "document_id": answers.document_id,
        **{field.name: None for field in extraction.fields},
        DELETED: False,
        WRITTEN_AT: answers.ended_at or datetime.now(UTC),
        REFUSED: None,
        EVIDENCE: None,
        ANSWER: key,
        MODEL: answers.calls[-1].model if answers.calls else answers.model,
        PROMPT_VERSION: answers.prompt_version,
        **dict.fromkeys((ATTEMPTS, INPUT_TOKENS, OUTPUT_TOKENS, COST, LATENCY)),
    }
    if isinstance(found, str):
        return ({**base, "record": 0, REFUSED: found, **_taken(answers)},)
    count = max(len(found), earlier, 1)
    rows: list[Row] = [{**base, "record": number, **_content(found, number)} for number in range(count)]
    rows[0] |= _taken(answers)
    return tuple(rows)


def _records(answers: Answers, extraction: Extraction, text: str) -> tuple[Record, ...] | str:
    """The document's records, or why its answer is refused."""
    if answers.refused is not None:
        return answers.refused
    parts = []
    for number, part in enumerate(answers.texts(text)):
        result = validated(answers.of(number)[-1].text or "", extraction, Searchable(part.text))
        # It was valid when it came; a later release may be stricter.
        if isinstance(result, Invalid):
            return result.reason
        parts.append((part, result.records))
    return reconciled(parts)


def _content(records: tuple[Record, ...], number: int) -> Row:
    if number >= len(records):
        return {DELETED: True}
    record = records[number]
    return {**record.values, EVIDENCE: {name: _struct(words) for name, words in record.evidence.items()}}


def _struct(evidence: Evidence) -> tuple[str, int, int]:
    return evidence.words, evidence.start, evidence.end


def _taken(answers: Answers) -> Row:
    return {
        ATTEMPTS: len(answers.calls),
        INPUT_TOKENS: sum(call.input_tokens for call in answers.calls),
        OUTPUT_TOKENS: sum(call.output_tokens for call in answers.calls),
        COST: sum((call.cost_usd for call in answers.calls), Decimal(0)).quantize(_NANO),
        LATENCY: sum(call.latency_ms for call in answers.calls),
    }
