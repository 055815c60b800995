"""The tokens of one statement, and what its parts have in common: names, parentheses, lists, and how it is refused."""

from collections.abc import Sequence

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.refusals import Foreign
from local.services.athena.sql.relations import TableName, qualified
from local.services.athena.sql.tokens import Token, mismatched

EXPECTED = "'SELECT', 'WITH', 'VALUES', 'INSERT', 'CREATE', 'SHOW', 'DESCRIBE', 'EXPLAIN'"
# What Athena documents and the laptop leaves out; everything else that is no statement of Athena is refused as such.
_LEFT_OUT = (
    "ALTER DATABASE", "ALTER SCHEMA", "ALTER TABLE", "ALTER VIEW", "CREATE DATABASE", "CREATE EXTERNAL", "CREATE PROTECTED", "CREATE SCHEMA",
    "CREATE TABLE", "DROP DATABASE", "DROP SCHEMA", "UNLOAD", "USING EXTERNAL",
)  # fmt: skip
_FOREIGN = frozenset(
    "alter analyze attach call comment commit copy create deallocate deny describe detach dfs drop execute export grant import install lock "
    "load pragma refresh reset revoke rollback set show start truncate unlock use".split()
)
_ONE_WORD = frozenset("ANALYZE CALL COMMIT DENY DFS GRANT REVOKE ROLLBACK UNLOAD USE".split())


class Reader:
    """Reads a statement from its first token.

    Args:
        text: What the tokens' places count in.
        found: The statement's tokens, at least one.
    """

    def __init__(self, text: str, found: Sequence[Token]) -> None:
        self._text = text
        self._tokens = found

    def _is_word(self, place: int, *words: str) -> bool:
        return place < len(self._tokens) and self._tokens[place].is_word(*words)

    def _is_mark(self, place: int, mark: str) -> bool:
        return place < len(self._tokens) and self._tokens[place].is_mark(mark)

    def _closing(self, place: int) -> int:
        if not self._is_mark(place, "("):
            raise Malformed(mismatched(self._text, self._tokens, place, "'('"))
        depth = 0
        for index in range(place, len(self._tokens)):
            token = self._tokens[index]
            depth += token.is_mark("(") - token.is_mark(")")
            if depth == 0:
                return index
        raise Malformed(mismatched(self._text, self._tokens, len(self._tokens), "')'"))

    def _separated(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts between commas that are in no parentheses or brackets."""
        parts: list[tuple[int, int]] = []
        depth = 0
        begin = start
        for index in range(start, end):
            token = self._tokens[index]
            depth += (token.is_mark("(") or token.is_mark("[")) - (token.is_mark(")") or token.is_mark("]"))
            if depth == 0 and token.is_mark(","):
                parts.append((begin, index))
                begin = index + 1
        parts.append((begin, end))
        if any(begin >= stop for begin, stop in parts):
            raise Malformed(mismatched(self._text, self._tokens, end, "<expression>"))
        return parts

    def _after(self, *words: str) -> int:
        for place, word in enumerate(words):
            if not self._is_word(place, word):
                raise Malformed(mismatched(self._text, self._tokens, place, f"'{word.upper()}'"))
        return len(words)

    def _end(self, place: int) -> None:
        if place < len(self._tokens):
            raise Malformed(mismatched(self._text, self._tokens, place, "<EOF>"))

    def _hive_name(self, place: int) -> tuple[TableName, int]:
        """A name as Hive's statements take it: in backticks where it needs them, and a whole `database.table` in one pair."""
        table, after = qualified(self._text, self._tokens, place)
        database, dot, name = table.name.partition(".")
        if table.database is None and dot and self._tokens[place].kind == "backquoted":
            table = TableName(database, name)
        return table, after

    def _hive_table(self, place: int) -> TableName:
        table, after = self._hive_name(place)
        self._end(after)
        return table

    def _refusal(self) -> Malformed:
        words = [token.value.upper() for token in self._tokens[:2] if token.kind == "word"]
        if not words:
            return Malformed(mismatched(self._text, self._tokens, 0, EXPECTED))
        two = " ".join(words)
        for known in _LEFT_OUT:
            if known in {two, words[0]}:
                return Unsupported("CREATE TABLE without AS" if known == "CREATE TABLE" else known)
        if words[0].lower() in _FOREIGN:
            return Foreign(words[0] if words[0] in _ONE_WORD else two)
        return Malformed(mismatched(self._text, self._tokens, 0, EXPECTED))
