"""What one statement asks, and whether Athena has it. Its expressions are Trino's affair: its text goes there as it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.refusals import Foreign
from local.services.athena.sql.relations import Named, TableName, mismatched, named, qualified
from local.services.athena.sql.tokens import Token, position, tokens

type Change = Literal[
    "INSERT INTO", "CREATE TABLE AS", "MERGE INTO", "DELETE FROM", "UPDATE", "OPTIMIZE", "VACUUM", "CREATE VIEW", "DROP VIEW", "DROP TABLE"
]


@dataclass(frozen=True)
class Query:
    """SELECT, WITH, VALUES or TABLE.

    Attributes:
        text: As it was written, without a semicolon at the end.
        relations: The tables and views that it names, those of WITH apart.
        parameters: How many question marks wait for a value.
    """

    text: str
    relations: tuple[TableName, ...] = ()
    parameters: int = 0


@dataclass(frozen=True)
class Write:
    """What changes a table or a view.

    Attributes:
        text: As it was written, without a semicolon at the end.
        kind: Which change.
        target: What is changed.
        relations: What else it names; may hold the target too.
        parameters: How many question marks wait for a value.
        query: The query of CREATE TABLE AS and CREATE VIEW; the condition of OPTIMIZE; else empty.
        properties: Of WITH in CREATE TABLE AS: name in lower case, value as SQL.
        quietly: IF EXISTS, IF NOT EXISTS or OR REPLACE.
        data: False for CREATE TABLE … WITH NO DATA.
    """

    text: str
    kind: Change
    target: TableName
    relations: tuple[TableName, ...] = ()
    parameters: int = 0
    query: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    quietly: bool = False
    data: bool = True


@dataclass(frozen=True)
class Explain:
    """EXPLAIN; with `analyze` the statement runs, whatever it changes."""

    text: str
    statement: Query | Write
    analyze: bool


@dataclass(frozen=True)
class Prepare:
    """PREPARE: the workgroup keeps the text under the name."""

    name: str
    statement: Query | Write


@dataclass(frozen=True)
class Execute:
    """EXECUTE of a statement that the workgroup keeps; `parameters` are literals, as SQL."""

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Deallocate:
    """DEALLOCATE PREPARE."""

    name: str


@dataclass(frozen=True)
class ShowDatabases:
    """The names of all databases; `pattern` is a regular expression as Athena takes it."""

    pattern: str | None = None


@dataclass(frozen=True)
class ShowTables:
    """The names of a database's tables and views, or of its views alone."""

    database: str | None = None
    pattern: str | None = None
    views: bool = False


@dataclass(frozen=True)
class ShowTable:
    """What Glue knows of one table.

    Attributes:
        kind: Which part of it.
        table: Whose.
        name: The property that SHOW TBLPROPERTIES asks for; None for all.
    """

    kind: Literal[
        "COLUMNS", "DESCRIBE", "DESCRIBE EXTENDED", "DESCRIBE FORMATTED", "PARTITIONS", "TBLPROPERTIES", "CREATE TABLE", "CREATE VIEW"
    ]
    table: TableName
    name: str | None = None


@dataclass(frozen=True)
class Repair:
    """MSCK REPAIR TABLE, which has nothing to do for an Iceberg table."""

    table: TableName


type Statement = Query | Write | Explain | Prepare | Execute | Deallocate | ShowDatabases | ShowTables | ShowTable | Repair

_EXPECTED = "'SELECT', 'WITH', 'VALUES', 'INSERT', 'CREATE', 'SHOW', 'DESCRIBE', 'EXPLAIN'"
_CHANGES = frozenset("insert merge delete update optimize vacuum create drop".split())

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
        raise Malformed(f"{position(text, len(text))}: mismatched input '<EOF>'. Expecting: {_EXPECTED}")
    if any(token.is_mark(";") for token in found):
        raise Malformed("Only one sql statement is allowed. Got: " + text[: found[-1].end].strip())
    return _Reader(text[: found[-1].end], found).statement()


class _Reader:
    """The tokens of one statement from a place on."""

    def __init__(self, text: str, found: Sequence[Token]) -> None:
        self._text = text
        self._tokens = found

    def statement(self) -> Statement:
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
            return self._show()
        if first.is_word("describe", "desc"):
            return self._describe()
        if first.is_word("msck"):
            return Repair(self._hive_table(self._after("msck", "repair", "table")))
        return self._runs()

    def _runs(self) -> Query | Write:
        """A query or a change."""
        first = self._tokens[0]
        if first.is_word("select", "with", "values", "table") or first.is_mark("("):
            found = named(self._text, self._tokens)
            return Query(self._text, found.relations, found.parameters)
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
        if after < len(self._tokens) and self._tokens[after].is_mark("@"):
            raise Foreign("a branch as the target of a change")
        found = named(self._text, self._tokens)
        return Write(self._text, kind, target, found.relations, found.parameters)

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
        found = named(self._text, self._tokens[after:])
        return Write(self._text, "OPTIMIZE", target, found.relations, found.parameters, query=condition)

    def _create_view(self, place: int) -> Write:
        target, after = self._target(place)
        if not (after < len(self._tokens) and self._tokens[after].is_word("as")):
            raise Unsupported("CREATE VIEW with anything but a query after AS")
        query = self._inner(after + 1)
        if not isinstance(query, Query):
            raise Malformed(mismatched(self._text, self._tokens, after + 1, "<query>"))
        if query.parameters:
            raise Malformed("Incorrect number of parameters: a view has none")
        written = self._text[self._tokens[after + 1].start :]
        return Write(self._text, "CREATE VIEW", target, query.relations, query=written, quietly=place == 4)

    def _create_table(self) -> Write | None:
        quietly = [token.value for token in self._tokens[2:5]] == ["if", "not", "exists"]
        target, place = self._target(5 if quietly else 2)
        properties: dict[str, str] = {}
        if place < len(self._tokens) and self._tokens[place].is_word("with"):
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
        found: Named = named(self._text, inner)
        query = self._text[inner[0].start : inner[-1].end]
        return Write(
            self._text, "CREATE TABLE AS", target, found.relations, found.parameters, query, properties, quietly=quietly, data=data
        )

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

    def _closing(self, place: int) -> int:
        if not (place < len(self._tokens) and self._tokens[place].is_mark("(")):
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

    def _inner(self, place: int) -> Query | Write:
        """The statement from a place on, with its own text; names keep their positions in the whole one."""
        if place >= len(self._tokens):
            raise Malformed(mismatched(self._text, self._tokens, place, _EXPECTED))
        # Blanks in the place of what comes before keep lines and columns.
        start = self._tokens[place].start
        before = re.sub(r"[^\r\n]", " ", self._text[:start])
        return _Reader(before + self._text[start:], self._tokens[place:])._runs()  # noqa: SLF001

    def _explain(self) -> Explain:
        place = 1
        analyze = place < len(self._tokens) and self._tokens[place].is_word("analyze")
        place += analyze
        if place < len(self._tokens) and self._tokens[place].is_word("verbose"):
            raise Foreign("EXPLAIN ANALYZE VERBOSE")
        following = self._tokens[place + 1] if place + 1 < len(self._tokens) else None
        if following is not None and self._tokens[place].is_mark("(") and following.is_word("type", "format"):
            place = self._closing(place) + 1
        if place < len(self._tokens) and self._tokens[place].is_word("explain", "show", "describe", "desc", "prepare", "execute"):
            raise Foreign(f"EXPLAIN of {self._tokens[place].value.upper()}")
        return Explain(self._text, self._inner(place), analyze)

    def _prepare(self) -> Prepare:
        name = self._name(1)
        if not (len(self._tokens) > 2 and self._tokens[2].is_word("from")):
            raise Malformed(mismatched(self._text, self._tokens, 2, "'FROM'"))
        inner = self._tokens[3:]
        if not inner:
            raise Malformed(mismatched(self._text, self._tokens, 3, _EXPECTED))
        statement = _Reader(self._text[inner[0].start :], tokens(self._text[inner[0].start :]))._runs()  # noqa: SLF001
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
        return Execute(name, tuple(self._text[self._tokens[start].start : self._tokens[stop - 1].end] for start, stop in parts))

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

    def _show(self) -> Statement:
        match [token.value if token.kind == "word" else "" for token in self._tokens[1:3]]:
            case ["databases" | "schemas", *_]:
                pattern, place = self._pattern(2)
                self._end(place)
                return ShowDatabases(pattern)
            case ["tables" | "views" as listed, *_]:
                database, place = self._in_database(2)
                pattern, place = self._pattern(place)
                self._end(place)
                return ShowTables(database, pattern, views=listed == "views")
            case ["columns", "from" | "in"]:
                table, place = self._hive_name(3)
                database, place = self._in_database(place)
                self._end(place)
                return ShowTable("COLUMNS", table if database is None else TableName(database, table.name, table.position))
            case ["columns", *_]:
                raise Malformed(mismatched(self._text, self._tokens, 2, "'FROM', 'IN'"))
            case ["partitions", *_]:
                return ShowTable("PARTITIONS", self._hive_table(2))
            case ["tblproperties", *_]:
                return self._show_properties()
            case ["create", "table"]:
                return ShowTable("CREATE TABLE", self._hive_table(3))
            case ["create", "view"]:
                return ShowTable("CREATE VIEW", self._hive_table(3))
        raise self._refusal()

    def _show_properties(self) -> ShowTable:
        table, place = self._hive_name(2)
        name = None
        if place < len(self._tokens):
            end = self._closing(place)
            if end != place + 2 or self._tokens[place + 1].kind not in {"string", "quoted"}:
                raise Malformed(mismatched(self._text, self._tokens, place + 1, "a property's name in quotes"))
            name, place = self._tokens[place + 1].value, end + 1
        self._end(place)
        return ShowTable("TBLPROPERTIES", table, name)

    def _describe(self) -> ShowTable:
        place = 1
        kind: Literal["DESCRIBE", "DESCRIBE EXTENDED", "DESCRIBE FORMATTED"] = "DESCRIBE"
        if len(self._tokens) > 2 and self._tokens[1].is_word("extended", "formatted") and self._tokens[2].is_name:
            kind, place = ("DESCRIBE EXTENDED" if self._tokens[1].value == "extended" else "DESCRIBE FORMATTED"), 2
        elif len(self._tokens) > 2 and self._tokens[1].is_word("input", "output", "database", "schema") and self._tokens[2].is_name:
            raise self._refusal()
        elif len(self._tokens) > 2 and self._tokens[1].is_word("view") and self._tokens[2].is_name:
            place = 2
        table, place = self._hive_name(place)
        if place < len(self._tokens) and self._tokens[place].is_name:
            raise Unsupported("DESCRIBE of a partition or a column")
        self._end(place)
        return ShowTable(kind, table)

    def _after(self, *words: str) -> int:
        for place, word in enumerate(words):
            if not (place < len(self._tokens) and self._tokens[place].is_word(word)):
                raise Malformed(mismatched(self._text, self._tokens, place, f"'{word.upper()}'"))
        return len(words)

    def _end(self, place: int) -> None:
        if place < len(self._tokens):
            raise Malformed(mismatched(self._text, self._tokens, place, "<EOF>"))

    def _pattern(self, place: int) -> tuple[str | None, int]:
        if place < len(self._tokens) and self._tokens[place].is_word("like"):
            place += 1
        elif not (place < len(self._tokens) and self._tokens[place].kind == "string"):
            return None, place
        if not (place < len(self._tokens) and self._tokens[place].kind == "string"):
            raise Malformed(mismatched(self._text, self._tokens, place, "a pattern in quotes"))
        return self._tokens[place].value, place + 1

    def _in_database(self, place: int) -> tuple[str | None, int]:
        if not (place < len(self._tokens) and self._tokens[place].is_word("in", "from")):
            return None, place
        table, after = self._hive_name(place + 1)
        if table.database is not None:
            raise Malformed(mismatched(self._text, self._tokens, place + 1, "a database"))
        return table.name, after

    def _hive_name(self, place: int) -> tuple[TableName, int]:
        """A name as Hive's statements take it: in backticks where it needs them, and a whole `database.table` in one pair."""
        table, after = qualified(self._text, self._tokens, place)
        database, dot, name = table.name.partition(".")
        if table.database is None and dot and self._tokens[place].kind == "backquoted":
            table = TableName(database, name, table.position)
        return table, after

    def _hive_table(self, place: int) -> TableName:
        table, after = self._hive_name(place)
        self._end(after)
        return table

    def _refusal(self) -> Malformed:
        words = [token.value.upper() for token in self._tokens[:2] if token.kind == "word"]
        if not words:
            return Malformed(mismatched(self._text, self._tokens, 0, _EXPECTED))
        two = " ".join(words)
        for known in _LEFT_OUT:
            if known in {two, words[0]}:
                return Unsupported("CREATE TABLE without AS" if known == "CREATE TABLE" else known)
        if words[0].lower() in _FOREIGN:
            return Foreign(words[0] if words[0] in _ONE_WORD else two)
        return Malformed(mismatched(self._text, self._tokens, 0, _EXPECTED))
