"""Where the names are known that WITH defines: after their definition, and in their own query only."""

from dataclasses import dataclass

from local.services.athena.sql.tokens import Words


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

    def covers(self, place: int) -> bool:
        """Whether the name at a place is this one."""
        return self.start <= place < self.end


def closing_places(words: Words) -> dict[int, int]:
    """The place of the closing parenthesis for that of each opening one.

    Raises:
        Malformed: They don't match.
    """
    open_at: list[int] = []
    pairs: dict[int, int] = {}
    for place, token in enumerate(words.tokens):
        if token.is_mark("("):
            open_at.append(place)
        elif token.is_mark(")"):
            if not open_at:
                raise words.mismatch(place, "<EOF>")
            pairs[open_at.pop()] = place
    if open_at:
        raise words.mismatch(len(words), "')'")
    return pairs


def scopes(words: Words) -> list[Scope]:
    """What WITH defines in a statement, wherever it stands.

    Raises:
        Malformed: Parentheses don't match.
    """
    found: list[Scope] = []
    closing = closing_places(words)
    ends = [len(words)]
    for place, token in enumerate(words.tokens):
        if token.is_mark("("):
            ends.append(closing[place])
        elif token.is_mark(")"):
            ends.pop()
        if not token.is_word("with"):
            continue
        recursive = words[place + 1].is_word("recursive")
        following = place + 1 + recursive
        while (start := _definition(words, closing, following)) is not None:
            end = closing[start]
            found.append(Scope(words[following].value.lower(), start if recursive else end, ends[-1]))
            if not words[end + 1].is_mark(","):
                break
            following = end + 2
    return found


def _definition(words: Words, closing: dict[int, int], place: int) -> int | None:
    """Where the query's parenthesis opens in `name [(columns)] AS (…)`, or None if there is no such thing."""
    if not words[place].is_name:
        return None
    place = closing[place + 1] + 1 if words[place + 1].is_mark("(") else place + 1
    return place + 1 if words[place].is_word("as") and words[place + 1].is_mark("(") else None
