"""The sentences of a document, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.services.model.calendar_words import MONTHS

# A line of its own: after an empty one, or one that begins as items of a list and lines of a talk do.
_BLOCK = re.compile(r"\n(?=\s*\n)|\n(?=\s*(?:[-*•]\s|\d{1,2}[.)]\s|\[[^\]\n]{1,20}\]|#))")
_END = re.compile(r"[.!?…]+[\"'”’»)]*(?=\s)")
# Not the end of a sentence: a number of a day or a list, an initial, a short word that is cut off.
_NO_END = re.compile(r"(?:(?<!\w)\b[A-Z]|\b(?:[Nn][ro]|[Dd]r|[Mm]rs?|Ms|St|Sr|Sra|[Cc]a|bzw|vs|approx|[Nn]um))\.$")
# What stands before what is said: a mark of a list, the time and the speaker of a talk.
# The day of a date, in German.
_ORDINAL = re.compile(rf"(?<![\d./-])\d{{1,2}}\.(?=\s+(?:{'|'.join(MONTHS)})\b)", re.IGNORECASE)
_BEFORE = re.compile(r"\s*(?:[-*•#>]+\s+|\[[^\]\n]{1,20}\]\s*(?:\w[\w .]{0,20}:)?\s*|\*\*|#+\s*)*")
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document.

    Attributes:
        start: Where it begins in the document.
        text: As it stands there.
    """

    start: int
    text: str

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.start + len(self.text)

    @property
    def plain(self) -> str:
        """On one line."""
        return " ".join(self.text.split())


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text, in order; what is no sentence, such as an empty line, is left out."""
    return [sentence for start, end in _blocks(text) for sentence in _sentences(text, start, end)]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for border in _BLOCK.finditer(text):
        yield start, border.start()
        start = border.end()
    yield start, len(text)


def _sentences(text: str, start: int, end: int) -> Iterator[Sentence]:
    days = {day.end() - 1 for day in _ORDINAL.finditer(text, start, end)}
    before = _BEFORE.match(text, start, end)
    start = before.end() if before else start
    for stop in _END.finditer(text, start, end):
        if stop.start() in days or _NO_END.search(text, start, stop.start() + 1):
            continue
        yield from _trimmed(text, start, stop.end())
        start = stop.end()
    yield from _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    said = text[start:end]
    found = said.strip()
    if _WORD.search(found):
        yield Sentence(start + said.index(found), found)


__all__ = ["Sentence", "sentences"]
