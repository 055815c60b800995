"""Values for the question marks of a statement; they are literals and stay apart from its text until Trino joins the two."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.services.athena.errors import Malformed
from local.services.athena.sql.tokens import Token, Words, tokens

_TYPED = frozenset(
    "date time timestamp decimal double real bigint integer smallint tinyint boolean varchar char x json uuid ipaddress varbinary".split()
)
_UNITS = frozenset("year month day hour minute second years months days hours minutes seconds".split())
# As in Athena.
_LONGEST = 1024
_EXECUTE = "EXECUTE IMMEDIATE '"


@dataclass(frozen=True)
class Sent:
    """A text for Trino.

    Attributes:
        text: What is sent.
        shift: How many characters on its first line stand before the statement; Trino's positions count them.
    """

    text: str
    shift: int = 0

    def explained(self) -> "Sent":
        """The question which tables it touches."""
        return Sent(_IO + self.text, len(_IO) + self.shift)


_IO = "EXPLAIN (TYPE IO, FORMAT JSON) "


def bound(text: str, parameters: Sequence[str]) -> Sent:
    """A statement with its values; Trino refuses another number of them than it has question marks.

    Args:
        text: One statement, without a semicolon at the end.
        parameters: As `literal` gives them.
    """
    if not parameters:
        return Sent(text)
    doubled = text.replace("'", "''")
    return Sent(f"{_EXECUTE}{doubled}' USING {', '.join(parameters)}", len(_EXECUTE))


def literal(parameter: str, number: int) -> str:
    """The value of a parameter, if it is a literal.

    Raises:
        Malformed: It is anything else; the message does not repeat it.
    """
    if len(parameter) > _LONGEST:
        raise Malformed(f"parameter {number} has more than {_LONGEST} characters")
    words = Words(parameter, tokens(parameter))
    if not words or _literal(words, 0) != len(words):
        raise Malformed(f"parameter {number} is not a literal; write text as 'text'")
    # Without what a comment could hide.
    return words.written


def _literal(words: Words, place: int) -> int:
    """The place after the literal that begins at a place; -1 if none does."""
    token, following = words[place], words[place + 1]
    if token.kind in {"string", "number"} or token.is_word("null", "true", "false"):
        return place + 1
    if (_is_sign(token) and following.kind == "number") or (token.is_word(*_TYPED) and following.kind == "string"):
        return place + 2
    if token.is_word("interval"):
        return _interval(words, place + 1)
    if token.is_word("cast") and following.is_mark("("):
        return _cast(words, place + 2)
    if token.is_word("array") and following.is_mark("["):
        return _array(words, place + 2)
    return -1


def _is_sign(token: Token) -> bool:
    return token.is_mark("-") or token.is_mark("+")


def _interval(words: Words, place: int) -> int:
    place += _is_sign(words[place])
    if words[place].kind != "string" or not words[place + 1].is_word(*_UNITS):
        return -1
    return place + 4 if words[place + 2].is_word("to") and words[place + 3].is_word(*_UNITS) else place + 2


def _cast(words: Words, place: int) -> int:
    """A type has names, numbers and parentheses, nothing else."""
    place = _literal(words, place)
    if place < 0 or not words[place].is_word("as"):
        return -1
    depth = 1
    for end in range(place + 1, len(words)):
        token = words[end]
        if not (token.is_name or token.kind == "number" or token.value in {"(", ")", ","}):
            return -1
        depth += token.is_mark("(") - token.is_mark(")")
        if depth == 0:
            return end + 1 if end > place + 1 else -1
    return -1


def _array(words: Words, place: int) -> int:
    while not words[place].is_mark("]"):
        place = _literal(words, place)
        if place < 0 or not (words[place].is_mark(",") or words[place].is_mark("]")):
            return -1
        place += words[place].is_mark(",")
    return place + 1
