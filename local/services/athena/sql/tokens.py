"""The words of a statement, cut exactly as Trino's own lexer cuts them, so that no text means one thing here and another there."""

import re
from dataclasses import dataclass
from typing import Literal

from local.services.athena.errors import Malformed

type Kind = Literal["word", "quoted", "backquoted", "string", "number", "mark"]

# Trino's lexer: comments of /* */ don't nest, an identifier without quotes is ASCII, no escape by backslash.
_SKIPPED = re.compile(r"(?:[ \t\r\n]+|--[^\r\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = re.compile(
    r"""
      (?P<string>'[^']*(?:''[^']*)*')
    | (?P<quoted>"[^"]*(?:""[^"]*)*")
    | (?P<backquoted>`[^`]*(?:``[^`]*)*`)
    | (?P<number>[0-9][0-9_]*\.[0-9_]*(?:[eE][+-]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+(?!\w)
        |[0-9][0-9_]*(?![A-Za-z_]))
    | (?P<word>[A-Za-z0-9_]+)
    | (?P<mark><>|<=|>=|!=|\|\||->|=>|::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTES = {"string": "'", "quoted": '"', "backquoted": "`"}


@dataclass(frozen=True)
class Token:
    """A word, a literal or a mark.

    Attributes:
        kind: What it is.
        value: A word in lower case; what stands between quotes, with doubled quotes resolved; else as written.
        start: Where it begins in the text, from zero.
        end: Where it ends, exclusive.
    """

    kind: Kind
    value: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of some words in lower case, without quotes."""
        return self.kind == "word" and self.value in words

    def is_mark(self, mark: str) -> bool:
        """Whether it is a certain mark."""
        return self.kind == "mark" and self.value == mark

    @property
    def is_name(self) -> bool:
        """Whether it may name something."""
        return self.kind in {"word", "quoted", "backquoted"}


_NOTHING = Token("mark", "", 0, 0)


@dataclass(frozen=True)
class Words:
    """Tokens that follow each other.

    Attributes:
        text: What their places count in.
        tokens: They themselves.
    """

    text: str
    tokens: tuple[Token, ...]

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, place: int) -> Token:
        """The token at a place; where there is none, one that is nothing."""
        return self.tokens[place] if 0 <= place < len(self.tokens) else _NOTHING

    def part(self, start: int, end: int | None = None) -> "Words":
        """Those from a place to another."""
        return Words(self.text, self.tokens[start:end])

    @property
    def written(self) -> str:
        """The text from the first of them to the last."""
        return self.text[self.tokens[0].start : self.tokens[-1].end]

    def are(self, place: int, *words: str) -> bool:
        """Whether these words in lower case stand from a place on."""
        return all(self[place + index].is_word(word) for index, word in enumerate(words))

    def position(self, place: int) -> str:
        """Line and column of a token; beyond the last one those of its end."""
        end = self.tokens[-1].end if self.tokens else len(self.text)
        return position(self.text, self[place].start if place < len(self) else end)

    def mismatch(self, place: int, expecting: str) -> Malformed:
        """What Trino says of a token that may not stand where it does."""
        token = self[place]
        written = self.text[token.start : token.end] if place < len(self) else "<EOF>"
        return Malformed(f"{self.position(place)}: mismatched input '{written}'. Expecting: {expecting}")


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text, without comments.

    Raises:
        Malformed: A quote or a comment is not closed.
    """
    found: list[Token] = []
    place = 0
    while True:
        if skipped := _SKIPPED.match(text, place):
            place = skipped.end()
        if place >= len(text):
            return tuple(found)
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise Malformed(f"{position(text, place)}: mismatched input")
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        written = match.group()
        if kind == "mark" and (written in _QUOTES.values() or text.startswith("/*", place)):
            raise Malformed(f"{position(text, place)}: mismatched input '{text[place : place + 2].strip()}': it is not closed")
        found.append(Token(kind, _value(kind, written), place, match.end()))
        place = match.end()


def position(text: str, place: int) -> str:
    """Line and column of a place in a text, as Trino tells them: both counted from one."""
    lines = re.split(r"\r\n|\r|\n", text[:place])
    return f"line {len(lines)}:{len(lines[-1]) + 1}"


def _value(kind: Kind, written: str) -> str:
    if kind == "word":
        return written.lower()
    if (quote := _QUOTES.get(kind)) is not None:
        return written[1:-1].replace(quote * 2, quote)
    return written
