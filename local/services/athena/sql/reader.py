"""Reads a statement's words one after another: names, parentheses, lists."""

from local.services.athena.errors import Malformed
from local.services.athena.sql.relations import TableName, qualified
from local.services.athena.sql.scopes import closing_places
from local.services.athena.sql.tokens import Token, Words


class Reader:
    """Stands at a word and steps over what it has read.

    Args:
        words: Of the statement.
        place: Where it begins to read.
    """

    def __init__(self, words: Words, place: int = 0) -> None:
        self._words = words
        self._place = place

    @property
    def _next(self) -> Token:
        return self._words[self._place]

    @property
    def _rest(self) -> Words:
        return self._words.part(self._place)

    def _mismatch(self, expecting: str) -> Malformed:
        return self._words.mismatch(self._place, expecting)

    def _take(self, *words: str) -> bool:
        """Whether these words come next; they are stepped over then."""
        if not self._words.are(self._place, *words):
            return False
        self._place += len(words)
        return True

    def _expect(self, *words: str) -> None:
        for word in words:
            if not self._take(word):
                raise self._mismatch(f"'{word.upper()}'")

    def _end(self) -> None:
        if self._place < len(self._words):
            raise self._mismatch("<EOF>")

    def _name(self) -> TableName:
        name, self._place = qualified(self._words, self._place)
        return name

    def _hive_name(self) -> TableName:
        """A name as Hive's statements take it: in backticks where it needs them, and a whole `database.table` in one pair."""
        first, table = self._next, self._name()
        database, dot, name = table.name.partition(".")
        return TableName(database, name) if table.database is None and dot and first.kind == "backquoted" else table

    def _hive_table(self) -> TableName:
        """A name with nothing after it."""
        table = self._hive_name()
        self._end()
        return table

    def _inside(self) -> Words:
        """What is in the parentheses that come next."""
        if not self._next.is_mark("("):
            raise self._mismatch("'('")
        start, end = self._place + 1, closing_places(self._words)[self._place]
        self._place = end + 1
        return self._words.part(start, end)


def separated(words: Words) -> list[Words]:
    """The parts between commas that are in no parentheses or brackets.

    Raises:
        Malformed: One of them is empty.
    """
    parts: list[Words] = []
    depth = begin = 0
    for place, token in enumerate(words.tokens):
        depth += (token.is_mark("(") or token.is_mark("[")) - (token.is_mark(")") or token.is_mark("]"))
        if depth == 0 and token.is_mark(","):
            parts.append(words.part(begin, place))
            begin = place + 1
    parts.append(words.part(begin))
    if not all(parts):
        raise words.mismatch(len(words), "<expression>")
    return parts
