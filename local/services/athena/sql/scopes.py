"""Where the names are known that WITH defines: after their definition, and in their own query only."""

from collections.abc import Sequence
from dataclasses import dataclass

from local.services.athena.errors import Malformed
from local.services.athena.sql.tokens import Token, mismatched


@dataclass(frozen=True)
class Scope:
    """Where a name of WITH is known.

    Attributes:
        name: In lower case.
        start: The first token's place.
        end: The place after the last one.
    """

    name: str
    start: int
    end: int

    def covers(self, name: str, place: int) -> bool:
        """Whether a name at a place is this one."""
        return name == self.name and self.start <= place < self.end


def closing_places(text: str, tokens: Sequence[Token]) -> dict[int, int]:
    """The place of the closing parenthesis for that of each opening one.

    Raises:
        Malformed: They don't match.
    """
    open_at: list[int] = []
    pairs: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.is_mark("("):
            open_at.append(place)
        elif token.is_mark(")"):
            if not open_at:
                raise Malformed(mismatched(text, tokens, place, "<EOF>"))
            pairs[open_at.pop()] = place
    if open_at:
        raise Malformed(mismatched(text, tokens, len(tokens), "')'"))
    return pairs


def scopes(tokens: Sequence[Token], closing: dict[int, int]) -> list[Scope]:
    """What WITH defines in a statement, wherever it stands."""
    found: list[Scope] = []
    for place, token in enumerate(tokens):
        if not token.is_word("with"):
            continue
        enclosing = [end for start, end in closing.items() if start < place < end]
        last = min(enclosing, default=len(tokens))
        recursive = place + 1 < len(tokens) and tokens[place + 1].is_word("recursive")
        following = place + 1 + recursive
        while (defined := _definition(tokens, closing, following)) is not None:
            start, end = defined
            found.append(Scope(tokens[following].value.lower(), start if recursive else end, last))
            if not (end + 1 < len(tokens) and tokens[end + 1].is_mark(",")):
                break
            following = end + 2
    return found


def _definition(tokens: Sequence[Token], closing: dict[int, int], place: int) -> tuple[int, int] | None:
    """The parentheses of `name [(columns)] AS (…)`, or None if there is no such thing."""
    if not (place + 2 < len(tokens) and tokens[place].is_name):
        return None
    place += 1
    if tokens[place].is_mark("("):
        place = closing[place] + 1
    if place + 1 < len(tokens) and tokens[place].is_word("as") and tokens[place + 1].is_mark("("):
        return place + 1, closing[place + 1]
    return None
