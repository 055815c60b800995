"""Where the words that a model gives as evidence stand in a document.

Words are looked for as they are, then with white space, case and Unicode's ways of writing the same characters set aside. Both texts are
compared decomposed (NFKD): it gives the same equality as NFKC, and what becomes of a character doesn't depend on those before it, so
that each normalized character can be led back to the characters that it came from.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

# Models write straight quotes and plain hyphens where the document has typographic ones.
_PUNCTUATION = str.maketrans({**dict.fromkeys("‘’‚‛`´", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‒–—―−", "-")})


@dataclass(frozen=True)
class Evidence:
    """Words of a document.

    Attributes:
        words: As the document has them.
        start: Where they begin, in Unicode characters (not bytes) from 0.
        end: Where they end, exclusive.
    """

    words: str
    start: int
    end: int

    def overlaps(self, other: "Evidence") -> bool:
        """Whether both have characters of the document in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Searchable:
    """A document's text, normalized at most once however many words are looked for.

    Attributes:
        text: The text.
    """

    text: str

    def find(self, words: str) -> Evidence | None:
        """The first place of some words; None if they are not in the text, or are nothing but white space."""
        if not words.strip():
            return None
        start = self.text.find(words)
        if start >= 0:
            return Evidence(words, start, start + len(words))
        wanted = normalized(words)
        return self._aligned(wanted) if wanted else None

    def _aligned(self, wanted: str) -> Evidence | None:
        text, begins, ends = self._normalized
        place = text.find(wanted)
        while place >= 0:
            start, end = begins.get(place), ends.get(place + len(wanted))
            # Half of a character is no word of the document: the e of an é, the first s of a ß.
            if start is not None and end is not None:
                return Evidence(self.text[start:end], start, end)
            place = text.find(wanted, place + 1)
        return None

    @cached_property
    def _normalized(self) -> tuple[str, dict[int, int], dict[int, int]]:
        """The normalized text; the places in it at which a character of the text begins and ends, each with the place in the text."""
        pieces: list[str] = []
        begins: dict[int, int] = {}
        ends: dict[int, int] = {}
        for start, end in _clusters(self.text):
            before = len(pieces)
            for character in _folded(self.text[start:end]):
                if character != " " or not pieces or pieces[-1] != " ":
                    pieces.append(character)
            # What vanished belongs to no word: an invisible character, or another one of white space.
            if len(pieces) > before:
                begins[before], ends[len(pieces)] = start, end
                # An accent that stands alone is a space with a mark to Unicode, and words have no space before them.
                if pieces[before] == " ":
                    begins[before + 1] = start
        return "".join(pieces), begins, ends


def normalized(text: str) -> str:
    """A text with white space, case and ways of writing set aside."""
    folded = "".join(_folded(text[start:end]) for start, end in _clusters(text))
    return " ".join(part for part in folded.split(" ") if part)


def _folded(cluster: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", cluster).casefold()).translate(_PUNCTUATION)
    # Soft hyphens, joiners and marks of direction can't be seen; a model leaves them out.
    return "".join(" " if one.isspace() else one for one in folded if unicodedata.category(one) != "Cf")


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Each character with the marks that follow it, as Unicode sorts the marks of one."""
    starts = [place for place, one in enumerate(text) if not place or not unicodedata.combining(one)]
    return pairwise([*starts, len(text)] if text else [])
