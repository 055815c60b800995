"""What one statement asks, and whether Athena has it. Its expressions are Trino's affair: its text goes there as it is."""

import re

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.hive import HiveReader
from local.services.athena.sql.parameters import literal
from local.services.athena.sql.reader import Reader, separated
from local.services.athena.sql.refusals import Foreign, refusal
from local.services.athena.sql.relations import TableName, named
from local.services.athena.sql.statements import Change, Deallocate, Execute, Explain, Prepare, Query, Statement, Write
from local.services.athena.sql.tokens import Words, tokens

_DML: tuple[Change, ...] = ("INSERT INTO", "MERGE INTO", "DELETE FROM", "UPDATE")
_DROPS: tuple[Change, ...] = ("DROP TABLE", "DROP VIEW")


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
    if found:
        text = text[: found[-1].end]
    if any(token.is_mark(";") for token in found):
        raise Malformed("Only one sql statement is allowed. Got: " + text.strip())
    return _StatementReader(Words(text, found)).statement()


class _StatementReader(Reader):
    """Reads a statement of any kind."""

    def statement(self) -> Statement:
        """The statement that the words are."""
        if self._take("explain"):
            return self._explain()
        if self._take("prepare"):
            return self._prepare()
        if self._take("execute"):
            return self._execute()
        if self._take("deallocate"):
            return self._deallocate()
        if self._take("show"):
            return HiveReader(self._words, self._place).show()
        if self._take("describe") or self._take("desc"):
            return HiveReader(self._words, self._place).describe()
        if self._take("msck"):
            return HiveReader(self._words, self._place).repair()
        return self.runs()

    def runs(self) -> Query | Write:
        """A query or a change."""
        if _is_query(self._words):
            return Query(self._words.text, named(self._words))
        if (write := self._write()) is not None:
            return write
        raise refusal(self._words)

    def _write(self) -> Write | None:
        for kind in _DML:
            if self._take(*kind.lower().split()):
                return self._dml(kind)
        for kind in _DROPS:
            if self._take(*kind.lower().split()):
                quietly = self._take("if", "exists")
                return Write(self._words.text, kind, self._hive_table(), quietly=quietly)
        if self._take("optimize"):
            return self._optimize()
        if self._take("vacuum"):
            return Write(self._words.text, "VACUUM", self._hive_table())
        if self._take("alter", "table"):
            return self._rename()
        if self._take("create", "table"):
            return self._create_table()
        if self._take("create", "view"):
            return self._create_view(quietly=False)
        if self._take("create", "or", "replace", "view"):
            return self._create_view(quietly=True)
        return None

    def _dml(self, kind: Change) -> Write:
        target = self._target()
        if self._next.is_mark("@"):
            raise Foreign("a branch as the target of a change")
        return Write(self._words.text, kind, target, named(self._words))

    def _target(self, name: TableName | None = None) -> TableName:
        target = name or self._name()
        if "$" in target.name:
            raise Foreign(f"a change of the metadata table {target.name}")
        return target

    def _optimize(self) -> Write:
        target = self._target()
        if not self._take("rewrite", "data", "using", "bin_pack"):
            raise self._mismatch("'REWRITE DATA USING BIN_PACK'")
        condition = ""
        if self._take("where") and self._rest:
            condition = self._rest.written
        else:
            self._end()
        return Write(self._words.text, "OPTIMIZE", target, named(self._rest), query=condition)

    def _rename(self) -> Write | None:
        old = self._target(self._hive_name())
        if not self._take("rename", "to"):
            return None
        return Write(self._words.text, "ALTER TABLE RENAME", old, renamed=self._target(self._hive_table()))

    def _create_view(self, *, quietly: bool) -> Write:
        target = self._target()
        if not self._take("as"):
            raise Unsupported("CREATE VIEW with anything but a query after AS")
        query = _query(self._rest)
        if any(token.is_mark("?") for token in query.tokens):
            raise Malformed("Incorrect number of parameters: a view has none")
        return Write(self._words.text, "CREATE VIEW", target, named(query), query=query.written, quietly=quietly)

    def _create_table(self) -> Write | None:
        quietly = self._take("if", "not", "exists")
        target = self._target()
        properties = self._properties() if self._take("with") else {}
        if not self._take("as"):
            return None
        query, data = self._rest, True
        if query.are(len(query) - 3, "with", "no", "data"):
            query, data = query.part(0, -3), False
        elif query.are(len(query) - 2, "with", "data"):
            query = query.part(0, -2)
        relations = named(_query(query))
        return Write(self._words.text, "CREATE TABLE AS", target, relations, query.written, properties, quietly=quietly, data=data)

    def _properties(self) -> dict[str, str]:
        properties: dict[str, str] = {}
        for given in separated(self._inside()):
            if not given[0].is_name or not given[1].is_mark("=") or len(given) < 3:
                raise given.mismatch(1, "'='")
            properties[given[0].value.lower()] = given.part(2).written
        return properties

    def _explain(self) -> Explain:
        analyze = self._take("analyze")
        if self._take("verbose"):
            raise Foreign("EXPLAIN ANALYZE VERBOSE")
        if self._next.is_mark("(") and self._words[self._place + 1].is_word("type", "format"):
            self._inside()
        if self._next.is_word("explain", "show", "describe", "desc", "prepare", "execute"):
            raise Foreign(f"EXPLAIN of {self._next.value.upper()}")
        # Blanks in the place of what comes before keep lines and columns.
        text, start = self._words.text, self._next.start
        before = re.sub(r"[^\r\n]", " ", text[:start])
        return Explain(text, _StatementReader(Words(before + text[start:], self._rest.tokens)).runs(), analyze)

    def _prepare(self) -> Prepare:
        name = self._plain_name()
        self._expect("from")
        if not self._rest:
            raise self._mismatch("<statement>")
        text = self._words.text[self._next.start :]
        statement = _StatementReader(Words(text, tokens(text))).runs()
        if isinstance(statement, Write) and statement.kind not in {"INSERT INTO", "CREATE TABLE AS"}:
            raise Foreign(f"PREPARE of {statement.kind}")
        return Prepare(name, statement)

    def _execute(self) -> Execute:
        if self._take("immediate"):
            raise Foreign("EXECUTE IMMEDIATE")
        name = self._plain_name()
        if not self._rest:
            return Execute(name, ())
        self._expect("using")
        return Execute(name, tuple(literal(part.written, number) for number, part in enumerate(separated(self._rest), 1)))

    def _deallocate(self) -> Deallocate:
        self._expect("prepare")
        name = self._plain_name()
        self._end()
        return Deallocate(name)

    def _plain_name(self) -> str:
        token = self._next
        if self._name().database is not None:
            raise self._mismatch("a name without dots")
        return token.value


def _query(words: Words) -> Words:
    if not _is_query(words):
        raise words.mismatch(0, "<query>")
    return words


def _is_query(words: Words) -> bool:
    return words[0].is_word("select", "with", "values", "table") or words[0].is_mark("(")
