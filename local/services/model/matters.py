"""The matters that a text raises, one record each: sentences that are about different values of the field that leads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from local.services.model.calendar_words import MONTHS
from local.services.model.choices import Found, phrase_scores, scores
from local.services.model.embedding import Likeness
from local.services.model.languages import FUNCTION_WORDS
from local.services.model.numbers import cues
from local.services.model.question import Field, Question, phrases
from local.services.model.sentences import Sentence, sentences

# How clearly a sentence must be about one value: the first one of a text, and one more.
CLEAR = 0.8
CLEAR_AGAIN = 1.0
# What one more must have of the clearness of the first one.
SHARE = 0.5
# With fewer words of a meaning of their own a sentence is a greeting, or tells only where and when.
WORDS = 2
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Matter:
    """What one record is made of.

    Attributes:
        own: The sentences about it, the clearest first.
        shared: Those that are about no matter.
        leading: What it has in the leading field; None if the text does not tell.
    """

    own: tuple[Sentence, ...]
    shared: tuple[Sentence, ...] = ()
    leading: Found | None = None

    @property
    def told(self) -> tuple[Sentence, ...]:
        """All that may belong to it: what says it most clearly, then the rest in the order of the document."""
        return (self.own[0], *sorted((*self.own[1:], *self.shared), key=lambda sentence: sentence.start))


@dataclass(frozen=True)
class _Clear:
    """How clearly a sentence is about a value, and which."""

    sentence: Sentence
    value: int
    clearness: float


def matters(likeness: Likeness, question: Question) -> list[Matter]:
    """The matters of a text, in the order in which it raises them; none if it is irrelevant."""
    told = sentences(question.text)
    if not told:
        return []
    leading = question.leading
    clear = _clear(likeness, question, leading, told) if leading else []
    first = _first(clear)
    if leading is None or (not first and not leading.required):
        return [] if _is_irrelevant(likeness, question, told) else [Matter(tuple(told))]
    chosen = {one.sentence for one in first.values()}
    own = {value: [first[value].sentence] for value in sorted(first, key=lambda value: first[value].sentence.start)}
    for one in clear:
        if one.value in own and one.sentence not in chosen and one.clearness >= CLEAR:
            own[one.value].append(one.sentence)
    about_one = {sentence for group in own.values() for sentence in group}
    shared = tuple(sentence for sentence in told if sentence not in about_one)
    return [Matter(tuple(group), shared, Found(leading.choices[value].value, group[0].text)) for value, group in own.items()]


def _clear(likeness: Likeness, question: Question, leading: Field, told: Sequence[Sentence]) -> list[_Clear]:
    """How clear each sentence is that says anything, and is about the leading field more than about something else."""
    empty = FUNCTION_WORDS | MONTHS.keys() | cues(*(field.description for field in question.fields))
    spoken = [sentence for sentence in told if sum(word.casefold() not in empty for word in _WORD.findall(sentence.text)) >= WORDS]
    if not spoken:
        return []
    texts = [sentence.plain for sentence in spoken]
    about = scores(likeness, leading, texts)
    # More than about the other values, and more than any text.
    clear = about - about.mean(axis=1, keepdims=True) + about / 2
    asked = [phrase for field in question.fields if field.type == "boolean" for phrase in phrases(field.description)]
    others = [*question.irrelevant, *asked]
    rivals = likeness.scores(texts, others).max(axis=1) if others else about.max(axis=1) - 1
    return [
        _Clear(sentence, int(clear[number].argmax()), float(clear[number].max()))
        for number, sentence in enumerate(spoken)
        if about[number].max() > rivals[number]
    ]


def _first(clear: Sequence[_Clear]) -> dict[int, _Clear]:
    """The clearest sentence about each value, where it is clear enough."""
    found: dict[int, _Clear] = {}
    ranked = sorted(clear, key=lambda one: -one.clearness)
    for one in ranked:
        if one.clearness >= (max(CLEAR_AGAIN, SHARE * ranked[0].clearness) if found else CLEAR):
            found.setdefault(one.value, one)
    return found


def _is_irrelevant(likeness: Likeness, question: Question, told: Sequence[Sentence]) -> bool:
    wanted = [phrase for field in question.fields for phrase in phrases(field.description)]
    if not question.irrelevant or not wanted:
        return False
    texts = [sentence.plain for sentence in told]
    return bool(phrase_scores(likeness, question.irrelevant, texts).max() > phrase_scores(likeness, wanted, texts).max())


__all__ = ["Matter", "matters"]
