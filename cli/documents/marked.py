"""A document's text with the words marked that values came from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Found:
    """A value that a model found.

    Attributes:
        record: The number of its record in the document, from 0.
        field: The field.
        value: As Athena writes it; None for null.
        words: The document's words that it came from; None where it has none.
        start: Where they begin, in characters from 0.
        end: Where they end, exclusive.
    """

    record: int
    field: str
    value: str | None
    words: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Piece:
    """A part of a text.

    Attributes:
        text: The part.
        labels: `record.field` of each value whose words it belongs to; empty where it is nobody's.
    """

    text: str
    labels: tuple[str, ...] = ()


def pieces(text: str, found: Iterable[Found]) -> tuple[Piece, ...]:
    """The text in parts that are as long as the same values claim them; joined they are the text.

    Args:
        text: The document's.
        found: Values; those without words, or with words outside the text, mark nothing.
    """
    spans = [(one.start, one.end, f"{one.record}.{one.field}") for one in found if one.start is not None and one.end is not None]
    inside = [(start, end, label) for start, end, label in spans if 0 <= start < end <= len(text)]
    return tuple(_pieces(text, inside))


def _pieces(text: str, spans: Sequence[tuple[int, int, str]]) -> Iterator[Piece]:
    borders = sorted({0, len(text), *(border for start, end, _ in spans for border in (start, end))})
    for start, end in pairwise(borders):
        yield Piece(text[start:end], tuple(label for begin, until, label in spans if begin <= start and end <= until))
