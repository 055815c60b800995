"""A model's answer held against what was asked of it: strictly, as nothing that a model says is to be believed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Never

from medallion.ingest.extraction.evidence import Evidence, Searchable
from medallion.ingest.extraction.values import BadValue, Value, parsed
from medallion.manifest.model import ExtractedField, Extraction


@dataclass(frozen=True)
class Record:
    """What one record of a document says.

    Attributes:
        values: By field; a field of which the document says nothing is not in it.
        evidence: The document's words for each value.
    """

    values: Mapping[str, Value]
    evidence: Mapping[str, Evidence]


@dataclass(frozen=True)
class Records:
    """A valid answer.

    Attributes:
        records: In the answer's order; none where the document is irrelevant or says nothing that was asked.
    """

    records: tuple[Record, ...]


@dataclass(frozen=True)
class Invalid:
    """An answer that is refused.

    Attributes:
        code: A word for the kind of problem, such as `enum` or `evidence`.
        sentence: What would be right; holds names of the contract and no word of the document or the answer.
    """

    code: str
    sentence: str

    @property
    def reason(self) -> str:
        """Both, as the column of refusals has them."""
        return f"{self.code}: {self.sentence}"


def validated(answer: str, extraction: Extraction, text: str | Searchable) -> Records | Invalid:
    """An answer's records, or the first thing that is wrong with it.

    Args:
        answer: The raw answer, JSON if it is right.
        extraction: What was asked.
        text: The text that the model was given, in which the evidence must be.
    """
    searchable = text if isinstance(text, Searchable) else Searchable(text)
    fields = {field.name: field for field in extraction.fields}
    try:
        items = _items(answer)
        return Records(tuple(_record(number, item, fields, searchable) for number, item in enumerate(items)))
    except BadValue as problem:
        return Invalid(problem.code, problem.sentence)


def _items(answer: str) -> list[Any]:
    try:
        content = json.loads(answer, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique)
    # Nesting without end, or a number of more digits than Python reads, are no JSON of ours either.
    except (ValueError, RecursionError):
        raise BadValue("json", "the answer must be complete JSON") from None
    if not isinstance(content, dict) or set(content) != {"records"} or not isinstance(content["records"], list):
        raise BadValue("shape", "the answer must be an object with nothing but a list of records")
    return content["records"]


def _record(number: int, item: object, fields: Mapping[str, ExtractedField], text: Searchable) -> Record:
    if not isinstance(item, dict):
        raise BadValue("shape", f"record {number} must be an object")
    # Its name is not told: it may be anything that the document made the model say.
    if not item.keys() <= fields.keys():
        raise BadValue("shape", f"record {number} must have no other fields than {', '.join(fields)}")
    values: dict[str, Value] = {}
    evidence: dict[str, Evidence] = {}
    for name, field in fields.items():
        found = _field(f"record {number}, {name}", field, item.get(name), text)
        if found is not None:
            values[name], evidence[name] = found
    if not values:
        raise BadValue("shape", f"record {number} must have a value; a document that says nothing has no records")
    return Record(values, evidence)


def _field(where: str, field: ExtractedField, content: object, text: Searchable) -> tuple[Value, Evidence] | None:
    if content is not None and (not isinstance(content, dict) or not content.keys() <= {"value", "words"}):
        raise BadValue("shape", f"{where}: must be null, or an object of value and words and nothing else")
    value = content.get("value") if content is not None else None
    if value is None:
        if field.required:
            raise BadValue("required", f"{where}: must have a value")
        return None
    try:
        result = parsed(field, value)
    except BadValue as problem:
        raise BadValue(problem.code, f"{where}: {problem.sentence}") from None
    words = content.get("words") if content is not None else None
    if not isinstance(words, str) or not words.strip():
        raise BadValue("evidence", f"{where}: a value must come with the words of the document that it is from")
    evidence = text.find(words)
    if evidence is None:
        raise BadValue("evidence", f"{where}: its words must be in the document, copied as they are there")
    return result, evidence


def _no_constant(_: str) -> Never:
    raise ValueError


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise BadValue("shape", "the answer must not name a field twice")
    return content
