"""What one statement asks, and whether Athena has it. Its expressions are Trino's affair: its text goes there as it is."""

import re

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.hive import HiveReader
from local.services.athena.sql.parameters import literal
from local.services.athena.sql.reader import EXPECTED, Reader
from local.services.athena.sql.refusals import Foreign
from local.services.athena.sql.relations import TableName, named, qualified
from local.services.athena.sql.statements import (
    Change,
    Deallocate,
    Execute,
    Explain,
    Prepare,
    Query,
    Statement,
    Write,
)
from local.services.athena.sql.tokens import mismatched, position, tokens

_CHANGES = frozenset("insert merge delete update optimize vacuum create drop".split())


def parse(text: str) -> Statement:
    """What one statement asks.

    Args:
        text: One statement; a semicolon may end it.

    Raises:
        Malformed: It is not one statement, or a name or a reserved word stands where it may not.
        Unsupported: Athena has it, the laptop's has not; the message names what.
        Foreign: Athena has no such thing; the message names what.
    """
    found = tokens(text)
    while found and found[-1].is_mark(";"):
        found = found[:-1]
    if not found:
        raise Malformed(f"{position(text, len(text))}: mismatched input '<EOF>'. Expecting: {EXPECTED}")
    if any(token.is_mark(";") for token in found):
        raise Malformed("Only one sql statement is allowed. Got: " + text[: found[-1].end].strip())
    return _StatementReader(text[: found[-1].end], found).statement()


class _StatementReader(Reader):
    """Reads a statement of any kind."""

    def statement(self) -> Statement:
        """The statement that the tokens are."""
        first = self._tokens[0]
        if first.is_word("explain"):
            return self._explain()
        if first.is_word("prepare"):
            return self._prepare()
        if first.is_word("execute"):
            return self._execute()
        if first.is_word("deallocate"):
            return self._deallocate()
        if first.is_word("show"):
            return HiveReader(self._text, self._tokens).show()
        if first.is_word("describe", "desc"):
            return HiveReader(self._text, self._tokens).describe()
        if first.is_word("msck"):
            return HiveReader(self._text, self._tokens).repair()
        return self.runs()

    def runs(self) -> Query | Write:
        """A query or a change."""
        first = self._tokens[0]
        if first.is_word("select", "with", "values", "table") or first.is_mark("("):
            return Query(self._text, named(self._text, self._tokens))
        if first.is_word(*_CHANGES) and (write := self._write()) is not None:
            return write
        raise self._refusal()

    def _write(self) -> Write | None:
        match [token.value if token.kind == "word" else "" for token in self._tokens[:5]]:
            case ["insert", "into", *_]:
                return self._dml("INSERT INTO", 2)
            case ["merge", "into", *_]:
                return self._dml("MERGE INTO", 2)
            case ["delete", "from", *_]:
                return self._dml("DELETE FROM", 2)
            case ["update", *_]:
                return self._dml("UPDATE", 1)
            case ["optimize", *_]:
                return self._optimize()
            case ["vacuum", *_]:
                return Write(self._text, "VACUUM", self._hive_table(1))
            case ["create", "table", *_]:
                return self._create_table()
            case ["create", "view", *_]:
                return self._create_view(2)
            case ["create", "or", "replace", "view", *_]:
                return self._create_view(4)
            case ["drop", "table" | "view", "if", "exists", *_]:
                return Write(self._text, self._dropped(), self._hive_table(4), quietly=True)
            case ["drop", "table" | "view", *_]:
                return Write(self._text, self._dropped(), self._hive_table(2))
        return None

    def _dropped(self) -> Change:
        return "DROP VIEW" if self._tokens[1].is_word("view") else "DROP TABLE"

    def _dml(self, kind: Change, place: int) -> Write:
        target, after = self._target(place)
        if self._is_mark(after, "@"):
            raise Foreign("a branch as the target of a change")
        return Write(self._text, kind, target, named(self._text, self._tokens))

    def _target(self, place: int) -> tuple[TableName, int]:
        target, after = qualified(self._text, self._tokens, place)
        if "$" in target.name:
            raise Foreign(f"a change of the metadata table {target.name}")
        return target, after

    def _optimize(self) -> Write:
        # OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE condition]
        target, after = self._target(1)
        words = [token.value for token in self._tokens[after : after + 5]]
        if words[:4] != ["rewrite", "data", "using", "bin_pack"] or words[4:] not in ([], ["where"]):
            raise Malformed(mismatched(self._text, self._tokens, after, "'REWRITE DATA USING BIN_PACK'"))
        condition = self._text[self._tokens[after + 5].start :] if len(self._tokens) > after + 5 else ""
        return Write(self._text, "OPTIMIZE", target, named(self._text, self._tokens[after:]), query=condition)

    def _create_view(self, place: int) -> Write:
        target, after = self._target(place)
        if not self._is_word(after, "as"):
            raise Unsupported("CREATE VIEW with anything but a query after AS")
        query = self._inner(after + 1)
        if not isinstance(query, Query):
            raise Malformed(mismatched(self._text, self._tokens, after + 1, "<query>"))
        if any(token.is_mark("?") for token in self._tokens):
            raise Malformed("Incorrect number of parameters: a view has none")
        written = self._text[self._tokens[after + 1].start :]
        return Write(self._text, "CREATE VIEW", target, query.relations, query=written, quietly=place == 4)

    def _create_table(self) -> Write | None:
        quietly = [token.value for token in self._tokens[2:5]] == ["if", "not", "exists"]
        target, place = self._target(5 if quietly else 2)
        properties: dict[str, str] = {}
        if self._is_word(place, "with"):
            properties, place = self._properties(place + 1)
        if not (place + 1 < len(self._tokens) and self._tokens[place].is_word("as")):
            return None
        end, data = len(self._tokens), True
        tail = [token.value if token.kind == "word" else "" for token in self._tokens[-3:]]
        if tail == ["with", "no", "data"]:
            end, data = end - 3, False
        elif tail[1:] == ["with", "data"]:
            end -= 2
        inner = self._tokens[place + 1 : end]
        if not inner or not (inner[0].is_word("select", "with", "values", "table") or inner[0].is_mark("(")):
            raise Malformed(mismatched(self._text, self._tokens, place + 1, "<query>"))
        query = self._text[inner[0].start : inner[-1].end]
        return Write(self._text, "CREATE TABLE AS", target, named(self._text, inner), query, properties, quietly=quietly, data=data)

    def _properties(self, place: int) -> tuple[dict[str, str], int]:
        """Those between the parentheses at a place, and the place after them."""
        properties: dict[str, str] = {}
        end = self._closing(place)
        for start, stop in self._separated(place + 1, end):
            name, equals = self._tokens[start], self._tokens[start + 1 : start + 2]
            if not name.is_name or not equals or not equals[0].is_mark("=") or stop < start + 3:
                raise Malformed(mismatched(self._text, self._tokens, start + 1, "'='"))
            properties[name.value.lower()] = self._text[self._tokens[start + 2].start : self._tokens[stop - 1].end]
        return properties, end + 1

    def _inner(self, place: int) -> Query | Write:
        """The statement from a place on, with its own text; names keep their positions in the whole one."""
        if place >= len(self._tokens):
            raise Malformed(mismatched(self._text, self._tokens, place, EXPECTED))
        # Blanks in the place of what comes before keep lines and columns.
        start = self._tokens[place].start
        before = re.sub(r"[^\r\n]", " ", self._text[:start])
        return _StatementReader(before + self._text[start:], self._tokens[place:]).runs()

    def _explain(self) -> Explain:
        place = 1
        analyze = self._is_word(place, "analyze")
        place += analyze
        if self._is_word(place, "verbose"):
            raise Foreign("EXPLAIN ANALYZE VERBOSE")
        following = self._tokens[place + 1] if place + 1 < len(self._tokens) else None
        if following is not None and self._tokens[place].is_mark("(") and following.is_word("type", "format"):
            place = self._closing(place) + 1
        if self._is_word(place, "explain", "show", "describe", "desc", "prepare", "execute"):
            raise Foreign(f"EXPLAIN of {self._tokens[place].value.upper()}")
        return Explain(self._text, self._inner(place), analyze)

    def _prepare(self) -> Prepare:
        name = self._name(1)
        if not (len(self._tokens) > 2 and self._tokens[2].is_word("from")):
            raise Malformed(mismatched(self._text, self._tokens, 2, "'FROM'"))
        inner = self._tokens[3:]
        if not inner:
            raise Malformed(mismatched(self._text, self._tokens, 3, EXPECTED))
        statement = _StatementReader(self._text[inner[0].start :], tokens(self._text[inner[0].start :])).runs()
        if isinstance(statement, Write) and statement.kind not in {"INSERT INTO", "CREATE TABLE AS"}:
            raise Foreign(f"PREPARE of {statement.kind}")
        return Prepare(name, statement)

    def _execute(self) -> Execute:
        if self._tokens[1:2] and self._tokens[1].is_word("immediate"):
            raise Foreign("EXECUTE IMMEDIATE")
        name = self._name(1)
        if len(self._tokens) == 2:
            return Execute(name, ())
        if not self._tokens[2].is_word("using"):
            raise Malformed(mismatched(self._text, self._tokens, 2, "'USING'"))
        parts = self._separated(3, len(self._tokens))
        given = (self._text[self._tokens[start].start : self._tokens[stop - 1].end] for start, stop in parts)
        return Execute(name, tuple(literal(parameter, number) for number, parameter in enumerate(given, 1)))

    def _deallocate(self) -> Deallocate:
        place = self._after("deallocate", "prepare")
        name = self._name(place)
        self._end(place + 1)
        return Deallocate(name)

    def _name(self, place: int) -> str:
        table, after = qualified(self._text, self._tokens, place)
        if table.database is not None or after != place + 1:
            raise Malformed(mismatched(self._text, self._tokens, place + 1, "a name without dots"))
        return self._tokens[place].value
