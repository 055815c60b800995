"""What the tests extract, and from what."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from medallion.ingest.extraction.document import Document
from medallion.manifest.model import Choice, ExtractedField, Extraction

EXTRACTION = Extraction(
    documents="mail__letters",
    instruction="Find what a shopper says.",
    irrelevant="It is not about shopping.",
    fields=(
        ExtractedField(
            name="topic",
            type="string",
            description="What it is about.",
            required=True,
            choices=(Choice(value="quality"), Choice(value="staff"), Choice(value="price")),
        ),
        ExtractedField(name="said", type="string", description="What is said."),
    ),
)

TABLE = "voice__feedback"
INSTRUCTIONS = "You extract records from one document."


def _field(value: dict[str, Any], *, nullable: bool = False) -> dict[str, Any]:
    order = ["words", "value"]
    made = {"type": "object", "properties": {"words": {"type": "string"}, "value": value}, "required": order, "propertyOrdering": order}
    return made | {"nullable": True} if nullable else made


_NAMES = ["topic", "said"]
_RECORD = {
    "type": "object",
    "properties": {
        "topic": _field({"type": "string", "enum": ["quality", "staff", "price"]}),
        "said": _field({"type": "string"}, nullable=True),
    },
    "required": _NAMES,
    "propertyOrdering": _NAMES,
}
SCHEMA = {"type": "object", "properties": {"records": {"type": "array", "items": _RECORD}}, "required": ["records"]}


def letter(text: str, *, again: bool = False) -> Document:
    """A document of a text."""
    return Document(sha256(text.encode()).hexdigest(), text, again)


def letters(texts: Iterable[str]) -> list[Document]:
    """Documents of texts."""
    return [letter(text) for text in texts]
