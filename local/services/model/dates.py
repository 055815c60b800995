"""Dates in texts, as English, Spanish and German write them; a date without its year is none."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from local.services.model.calendar_words import MONTHS
from local.services.model.languages import Language

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_FORMS = tuple(
    re.compile(rf"(?<![\w./-])(?:{form})(?![\w])(?![./-]\d)", re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark){_DAY}",
        rf"{_DAY}(?:st|nd|rd|th|º|\.)?\s+(?:of\s+|de\s+|del\s+)?(?P<word>{_MONTH})\.?,?\s+(?:of\s+|de\s+|del\s+)?{_YEAR}",
        rf"(?P<word>{_MONTH})\.?\s+{_DAY}(?:st|nd|rd|th)?,?\s+{_YEAR}",
        r"(?P<first>\d{1,2})(?P<mark>[-/.])\s?(?P<second>\d{1,2})(?P=mark)\s?(?P<year>(?:19|20)?\d\d)",
    )
)


@dataclass(frozen=True)
class FoundDate:
    """A date in a text.

    Attributes:
        start: Where it begins.
        words: As it stands there.
        value: What it means.
    """

    start: int
    words: str
    value: date


def dates(text: str, language: Language) -> list[FoundDate]:
    """All dates of a text, in order.

    Args:
        text: The text.
        language: Of the text; where 05/03/2017 could be both, English is taken to have the month first.
    """
    found: dict[int, FoundDate] = {}
    for match in (match for form in _FORMS for match in form.finditer(text)):
        for value in _values(match, language):
            found.setdefault(match.start(), FoundDate(match.start(), match.group(), value))
            break
    return [found[start] for start in sorted(found)]


def _values(match: re.Match[str], language: Language) -> Iterator[date]:
    """What it may mean, the likeliest first; nothing where there is no such day."""
    parts = match.groupdict()
    year = int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0)
    if parts.get("first"):
        one, two = int(parts["first"]), int(parts["second"])
        month_first = language == "en" and parts["mark"] == "/"
        pairs = [(one, two), (two, one)] if month_first else [(two, one), (one, two)]
    else:
        word = parts.get("word")
        pairs = [(MONTHS[word.casefold()] if word else int(parts["month"]), int(parts["day"]))]
    for month, day in pairs:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


__all__ = ["FoundDate", "dates"]
