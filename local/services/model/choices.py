"""Which of a field's values is meant: by what a sentence says, or by what it names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local.services.model.embedding import Likeness, Vectors
from local.services.model.languages import Language
from local.services.model.question import Field
from local.services.model.sentences import Sentence
from local.services.model.spans import Span, spans

# How much a thing that is named must be like a value before the value is meant.
NAMED = 0.5
# How much more what is named elsewhere than in the matter's own sentences.
FURTHER = 0.5
# How much a word must be like one of the leading field's descriptions before it names nothing.
ABOUT = 1.5


@dataclass(frozen=True)
class Found:
    """A value with the words that it follows from.

    Attributes:
        value: The value, as JSON has it.
        words: The words, as they stand in the document.
    """

    value: object
    words: str


def phrase_scores(likeness: Likeness, phrases: Sequence[str], texts: Sequence[str]) -> Vectors:
    """How much each text is like some phrases: the phrase that is most like it counts most, the next one, too."""
    return _two_best(likeness.scores(texts, phrases))


def scores(likeness: Likeness, field: Field, texts: Sequence[str], *, words: bool = False) -> Vectors:
    """How much each text is about each value of a field: a row for each text, a column for each value."""
    described = [phrase for choice in field.choices for phrase in choice.phrases]
    compared = likeness.scores(texts, described, words=words)
    columns, start = [], 0
    for choice in field.choices:
        own = compared[:, start : start + len(choice.phrases)]
        columns.append(own.max(axis=1) if words else _two_best(own))
        start += len(choice.phrases)
    return np.stack(columns, axis=1)


def _two_best(compared: Vectors) -> Vectors:
    ranked = np.sort(compared, axis=1)[:, -2:]
    return 0.7 * ranked[:, -1] + 0.3 * ranked[:, 0]


def names(likeness: Likeness, leading: Field | None, told: Sequence[Sentence], language: Language) -> list[Span]:
    """What sentences name, without what only says what they are about: words that are like the descriptions of the field that leads."""
    named = [span for sentence in told for span in spans(sentence, language)]
    about = dict.fromkeys(
        span.plain
        for choice in (leading.choices if leading else ())
        for phrase in choice.phrases
        for span in spans(Sentence(0, phrase), "en")
        if " " not in span.plain
    )
    if not named or not about:
        return named
    compared = likeness.scores([span.plain for span in named], list(about), words=True).max(axis=1)
    return [span for span, like in zip(named, compared, strict=True) if like < ABOUT]


def chosen(likeness: Likeness, field: Field, said: Sentence, named: Sequence[Sequence[Span]]) -> Found | None:
    """The value of a field in what is said of one matter.

    Args:
        likeness: The model.
        field: The field.
        said: The sentence that says most of it; a value that must be there is what this one is most like.
        named: What is named, where it is looked for first; another value is there only where something is named that it means.
    """
    if field.required:
        best = int(scores(likeness, field, [said.plain])[0].argmax())
        return Found(field.choices[best].value, said.text)
    for further, names in enumerate(named):
        if not names:
            continue
        told = list(dict.fromkeys(span.sentence for span in names))
        by_sentence = dict(zip(told, scores(likeness, field, [sentence.plain for sentence in told]), strict=True))
        by_name = scores(likeness, field, [span.plain for span in names], words=True)
        total = by_name + np.stack([by_sentence[span.sentence] for span in names]) / 2
        place, value = (int(number) for number in np.unravel_index(int(total.argmax()), total.shape))
        if by_name[place, value] >= NAMED + FURTHER * further:
            return Found(field.choices[value].value, names[place].words)
    return None


__all__ = ["Found", "chosen", "names", "phrase_scores", "scores"]
