"""Values for the question marks of a statement; they are literals and stay apart from its text until Trino joins the two."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.services.athena.errors import Malformed
from local.services.athena.sql.tokens import Token, tokens

_TYPED = frozenset(
    "date time timestamp decimal double real bigint integer smallint tinyint boolean varchar char x json uuid ipaddress varbinary".split()
)
_UNITS = frozenset("year month day hour minute second years months days hours minutes seconds".split())
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
    found = tokens(parameter)
    end = _literal(found, 0)
    if end != len(found) or not found:
        raise Malformed(f"parameter {number} is not a literal; write text as 'text'")
    # Without what a comment could hide.
    return parameter[found[0].start : found[-1].end]


def _literal(found: Sequence[Token], place: int) -> int:
    """The place after the literal that begins at a place; -1 if none does."""
    if place >= len(found):
        return -1
    token, rest = found[place], found[place + 1 :]
    if (token.is_mark("-") or token.is_mark("+")) and rest and rest[0].kind == "number":
        return place + 2
    if token.kind in {"string", "number"} or token.is_word("null", "true", "false"):
        return place + 1
    if token.is_word(*_TYPED) and rest and rest[0].kind == "string":
        return place + 2
    if token.is_word("interval"):
        return _interval(found, place + 1)
    if token.is_word("cast") and rest and rest[0].is_mark("("):
        return _cast(found, place + 2)
    if token.is_word("array") and rest and rest[0].is_mark("["):
        return _array(found, place + 2)
    return -1


def _interval(found: Sequence[Token], place: int) -> int:
    place += place < len(found) and (found[place].is_mark("-") or found[place].is_mark("+"))
    if not (place + 1 < len(found) and found[place].kind == "string" and found[place + 1].is_word(*_UNITS)):
        return -1
    if place + 3 < len(found) and found[place + 2].is_word("to") and found[place + 3].is_word(*_UNITS):
        return place + 4
    return place + 2


def _cast(found: Sequence[Token], place: int) -> int:
    """A type has names, numbers and parentheses, nothing else."""
    place = _literal(found, place)
    if place < 0 or not (place < len(found) and found[place].is_word("as")):
        return -1
    depth = 1
    for end in range(place + 1, len(found)):
        token = found[end]
        if not (token.is_name or token.kind == "number" or token.value in {"(", ")", ","}):
            return -1
        depth += token.is_mark("(") - token.is_mark(")")
        if depth == 0:
            return end + 1 if end > place + 1 else -1
    return -1


def _array(found: Sequence[Token], place: int) -> int:
    while place < len(found) and not found[place].is_mark("]"):
        place = _literal(found, place)
        if place < 0 or place >= len(found) or not (found[place].is_mark(",") or found[place].is_mark("]")):
            return -1
        place += found[place].is_mark(",")
    return place + 1 if place < len(found) else -1
