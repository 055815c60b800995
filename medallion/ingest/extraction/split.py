"""Long documents in parts that end where sentences do and overlap, and the records of the parts as one document's."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from medallion.ingest.extraction.evidence import Evidence
from medallion.ingest.extraction.validation import Record

# A call's answer must fit the model's longest one, and a model overlooks facts in the middle of a long text.
PART = 12_000
OVERLAP = 600
# After a paragraph, a sentence's last mark with what closes it, or a line.
_BORDER = re.compile(r"\n\s*\n|[.!?…][)\"'”’»]*\s+|[。！？]|\n")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Part:
    """A part of a document.

    Attributes:
        text: Its text.
        start: Where it begins in the document, in Unicode characters.
    """

    text: str
    start: int


def parts(text: str, size: int = PART, overlap: int = OVERLAP) -> tuple[Part, ...]:
    """A document's parts, the first of which is all of a short one.

    Args:
        text: The document's text.
        size: The most characters of a part.
        overlap: About how many characters a part has in common with the one before it; less than half of the size.
    """
    found: list[Part] = []
    start = 0
    while len(text) - start > size:
        # Not before the middle, so that parts stay few; nor before the overlap's end, so that each goes on.
        end = _border(text, start + size // 2, start + size)
        found.append(Part(text[start:end], start))
        start = _border(text, max(end - 2 * overlap, start + 1), end - overlap) if overlap else end
    return (*found, Part(text[start:], start))


def _border(text: str, low: int, high: int) -> int:
    """The last place after a sentence between two places; else after white space; else the second place."""
    # A mark before the first place may be what ends a sentence there.
    for border in (_BORDER, _SPACE):
        if places := [match.end() for match in border.finditer(text, max(0, low - 8), high) if match.end() >= low]:
            return places[-1]
    return high


def reconciled(found: Iterable[tuple[Part, Iterable[Record]]]) -> tuple[Record, ...]:
    """A document's records: what several parts say of the same words is one record, the fullest of them.

    Args:
        found: Each part with its records; evidence is counted from the part's beginning.

    Returns:
        In the document's order of parts, with evidence counted from the document's beginning.
    """
    result: list[tuple[Part, Record]] = []
    for part, records in found:
        for record in records:
            moved = Record(record.values, {name: _moved(one, part.start) for name, one in record.evidence.items()})
            same = next((n for n, (other, known) in enumerate(result) if other != part and _same(known, moved)), None)
            if same is None:
                result.append((part, moved))
            elif len(moved.values) > len(result[same][1].values):
                result[same] = (result[same][0], moved)
    return tuple(record for _, record in result)


def _moved(evidence: Evidence, start: int) -> Evidence:
    return replace(evidence, start=evidence.start + start, end=evidence.end + start)


def _same(one: Record, other: Record) -> bool:
    """Whether the values of one are all the other's too, and they have words of the document in common."""
    fewer, more = sorted((one, other), key=lambda record: len(record.values))
    return all(more.values.get(name) == value for name, value in fewer.values.items()) and any(
        words.overlaps(more.evidence[name]) for name, words in fewer.evidence.items()
    )
