"""Short runs of words in a sentence that may name something."""

import re
from dataclasses import dataclass

from local.services.model.languages import FUNCTION_WORDS, Language
from local.services.model.sentences import Sentence

LONGEST = 3
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# The few words that names have within.
_WITHIN = frozenset("of with de del con mit von".split())


@dataclass(frozen=True)
class Span:
    """A run of words.

    Attributes:
        start: Where it begins in the document.
        words: As it stands there.
        sentence: The sentence that it is of.
    """

    start: int
    words: str
    sentence: Sentence

    @property
    def plain(self) -> str:
        """On one line."""
        return " ".join(self.words.split())

    def covers(self, other: "Span") -> bool:
        """Whether another one lies within."""
        return self.start <= other.start and other.start + len(other.words) <= self.start + len(self.words)


def spans(sentence: Sentence, language: Language) -> list[Span]:
    """The runs of up to three words that carry meaning; a name's own `of` is not counted."""
    words = list(_WORD.finditer(sentence.text))
    found = []
    for first, begin in enumerate(words):
        if _is_empty(begin.group()):
            continue
        counted, end = 0, begin
        for word in words[first:]:
            # Another word than a blank's width away begins something else.
            if word is not begin and sentence.text[end.end() : word.start()].strip():
                break
            end = word
            if word.group().casefold() in _WITHIN:
                continue
            if _is_empty(word.group()) or counted == LONGEST:
                break
            counted += 1
            # A German noun has a capital, and a name ends with one.
            if language != "de" or word.group()[0].isupper():
                found.append(Span(sentence.start + begin.start(), sentence.text[begin.start() : word.end()], sentence))
    return found


def _is_empty(word: str) -> bool:
    return word.casefold() in FUNCTION_WORDS or len(word) == 1


__all__ = ["Span", "spans"]
