"""Numbers and money in texts, and what is said beside them."""

import re
from dataclasses import dataclass
from decimal import Decimal

_MARK = r"[$€£]|\b(?:US\$|USD|EUR|GBP|CHF|dollars?|d[oó]lares|euros?|pounds?|libras|cents?)\b"
_NUMBER = re.compile(
    rf"(?P<before>(?:{_MARK})\s?)?(?<![\w.,/:-])(?P<digits>\d+(?:[.,]\d+)*)(?![\w/:]|-\d|[.,]\d)(?P<after>\s?(?:{_MARK}))?", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")
# Between what a number counts and the number itself.
_BETWEEN = re.compile(r"(?:\s|[#:=]|\b(?:is|was|of|no|nr|num|number|nummer|n[uú]mero|id)\b\.?)*", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A number in a text.

    Attributes:
        start: Where it begins, its currency included.
        words: As it stands there.
        digits: The number alone.
        value: What it means.
        is_money: Whether a currency stands beside it.
    """

    start: int
    words: str
    digits: str
    value: Decimal
    is_money: bool


def numbers(text: str) -> list[Number]:
    """All numbers of a text, in order; dates and times are none."""
    found = []
    for match in _NUMBER.finditer(text):
        value = decimal(match["digits"])
        if value is not None:
            money = bool(match["before"] or match["after"])
            words = match.group().strip()
            found.append(Number(match.start() + match.group().index(words), words, match["digits"], value, money))
    return found


def decimal(digits: str) -> Decimal | None:
    """The value of 1,234.50 as well as of 1.234,50; None if it can be none."""
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return Decimal(digits)
    last = digits[max(digits.rfind("."), digits.rfind(",")) + 1 :]
    # A mark that is there twice, or once before three digits and nothing else, parts thousands.
    if (len(marks) > 1 and len(set(marks)) == 1) or (len(marks) == 1 and len(last) == 3 and not digits.startswith("0")):
        return Decimal(re.sub(r"[.,]", "", digits)) if len(last) == 3 else None
    whole = re.sub(r"[.,]", "", digits[: -len(last) - 1])
    return Decimal(f"{whole}.{last}")


def cues(*descriptions: str) -> frozenset[str]:
    """The words after which a number means what descriptions say: those that stand before numbers in them, such as `store` in `store 12`."""
    found = set()
    for description in descriptions:
        for number in _NUMBER.finditer(description):
            words = _WORD.findall(_before(description, number.start()))
            if words:
                found.add(words[-1].casefold())
    return frozenset(found)


def is_after(text: str, number: Number, words: frozenset[str]) -> bool:
    """Whether a number stands right after one of some words."""
    said = _WORD.findall(_before(text, number.start))
    return bool(said) and said[-1].casefold() in words


def _before(text: str, start: int) -> str:
    """The text before a number, without what only says that a number comes."""
    before = text[max(0, start - 60) : start]
    for between in _BETWEEN.finditer(before):
        if between.end() == len(before):
            return before[: between.start()]
    return before


__all__ = ["Number", "cues", "decimal", "is_after", "numbers"]
