"""The value of a field in what is said of one matter: by choices, rules and likeness."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

import numpy as np

from local.services.model.choices import FURTHER, Found, chosen, phrase_scores
from local.services.model.dates import dates
from local.services.model.embedding import Likeness
from local.services.model.languages import Language
from local.services.model.matters import Matter
from local.services.model.numbers import Number, cues, is_after, numbers
from local.services.model.question import Field
from local.services.model.question import phrases as phrases_of
from local.services.model.sentences import Sentence
from local.services.model.spans import Span

# How much a sentence must be like what a field means, and words like the two examples nearest to them.
SAID = 0.6
NAMED = 0.0
# How much less a name may be like them with one more word.
BELONGS = 1.0
_TIME = re.compile(r"[,T ]?\s*(?:(?:at|a las|um)\s+)?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?")


def value(likeness: Likeness, field: Field, matter: Matter, named: Sequence[Sequence[Span]], language: Language) -> Found | None:
    """What a record has in a field, with the words that say so; None if the text does not tell.

    Args:
        likeness: The model.
        field: The field.
        matter: What the record is made of.
        named: What is named: by the matter's own sentences, then by others that may be looked at where those name nothing.
        language: Of the text.
    """
    if field.choices:
        return chosen(likeness, field, matter.own[0], named)
    if field.type == "boolean":
        # What tells the matter does not tell this as well, as far as likeness goes.
        return _said(likeness, field, matter.told[1 if matter.leading else 0 :])
    if field.pattern and field.type == "string":
        return _first(_matching(field, matter.told))
    if field.type in ("date", "timestamp"):
        return _nearest(likeness, field, matter, lambda sentence: _moments(field, sentence, language))
    if field.type == "string":
        return _named(likeness, field, matter, named)
    return _number(likeness, field, matter)


def _first(found: Iterable[Found]) -> Found | None:
    return next(iter(found), None)


def _matching(field: Field, told: Sequence[Sentence]) -> Iterator[Found]:
    """What a pattern matches, where no letter or digit goes on."""
    pattern = re.compile(rf"(?<!\w)(?:{(field.pattern or '').removeprefix('^').removesuffix('$')})(?!\w)")
    for sentence in told:
        for match in pattern.finditer(sentence.text):
            if match.group() and field.holds(match.group()):
                yield Found(match.group(), match.group())


def _said(likeness: Likeness, field: Field, told: Sequence[Sentence]) -> Found | None:
    """True where a sentence says what the field means. That something is not so is seldom said, and never taken for said."""
    meant = phrases_of(field.description)
    if not told or not meant:
        return None
    compared = phrase_scores(likeness, meant, [sentence.plain for sentence in told])
    best = int(compared.argmax())
    return Found(True, told[best].text) if compared[best] >= SAID else None


def _moments(field: Field, sentence: Sentence, language: Language) -> Iterator[Found]:
    for found in dates(sentence.text, language):
        if field.type == "date":
            if field.holds(found.value.isoformat()):
                yield Found(found.value.isoformat(), found.words)
            continue
        time = _TIME.match(sentence.text, found.start + len(found.words))
        clock = f"{int(time['hour']):02d}:{time['minute']}:{time['second'] or '00'}" if time else "00:00:00"
        yield Found(f"{found.value.isoformat()}T{clock}", found.words + (time.group() if time else ""))


def _nearest(likeness: Likeness, field: Field, matter: Matter, find: Callable[[Sentence], Iterable[Found]]) -> Found | None:
    """Of what is found in a matter's own sentences, else in the shared ones, that of the sentence most like the description."""
    for told in (matter.own, matter.shared):
        found = [(sentence, one) for sentence in told for one in find(sentence)]
        if len(found) > 1 and field.description:
            compared = likeness.scores([sentence.plain for sentence, _ in found], [field.description])[:, 0]
            return found[int(compared.argmax())][1]
        if found:
            return found[0][1]
    return None


def _number(likeness: Likeness, field: Field, matter: Matter) -> Found | None:
    words = cues(field.description, *field.examples)
    if words:
        # The word before it says what it is; how alike sentences are adds nothing.
        return _first(found for sentence in matter.told for found in _counted(field, sentence, words))
    return _nearest(likeness, field, matter, lambda sentence: _amounts(field, sentence))


def _counted(field: Field, sentence: Sentence, words: frozenset[str]) -> Iterator[Found]:
    for number in numbers(sentence.text):
        if is_after(sentence.text, number, words) and not number.is_money:
            yield from _typed(field, number, number.digits)


def _amounts(field: Field, sentence: Sentence) -> Iterator[Found]:
    """Amounts of money, those with a currency first; and numbers with as many decimal places as the field has."""
    found = numbers(sentence.text)
    places = field.type.rpartition(",")[2].strip(" )") if field.type.startswith("decimal(") else ""
    money = [number for number in found if number.is_money]
    exact = [number for number in found if places.isdigit() and int(places) and -int(number.value.as_tuple().exponent) == int(places)]
    for number in money or exact or ([] if places.isdigit() and int(places) else found):
        yield from _typed(field, number, number.words)


def _typed(field: Field, number: Number, words: str) -> Iterator[Found]:
    whole = number.value == number.value.to_integral_value()
    if field.type == "bigint":
        if whole and field.holds(int(number.value)):
            yield Found(int(number.value), words)
    elif field.holds(Decimal(number.value)):
        yield Found(float(number.value), words)


def _named(likeness: Likeness, field: Field, matter: Matter, named: Sequence[Sequence[Span]]) -> Found | None:
    """What is most like the examples, with the words beside it that belong to the name."""
    if not field.examples:
        return _sentence(likeness, field, matter.told)
    for further, names in enumerate(named):
        if not names:
            continue
        compared = np.sort(likeness.scores([span.plain for span in names], field.examples, words=True), axis=1)[:, -2:].mean(axis=1)
        best = int(compared.argmax())
        if compared[best] >= NAMED + FURTHER * further:
            whole = [
                span for span, like in zip(names, compared, strict=True) if span.covers(names[best]) and like >= compared[best] - BELONGS
            ]
            longest = max(whole, key=lambda span: len(span.words))
            return Found(longest.plain, longest.words)
    return None


def _sentence(likeness: Likeness, field: Field, told: Sequence[Sentence]) -> Found | None:
    """The sentence that is most like the description."""
    meant = phrases_of(field.description)
    if not told or not meant:
        return None
    compared = likeness.scores([sentence.plain for sentence in told], meant).max(axis=1)
    best = int(compared.argmax())
    return Found(told[best].plain, told[best].text) if field.required or compared[best] >= SAID else None


__all__ = ["value"]
