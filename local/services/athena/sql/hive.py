"""Athena's own statements about tables, which it takes from Hive and Glue answers: SHOW, DESCRIBE and MSCK REPAIR TABLE."""

from local.services.athena.errors import Unsupported
from local.services.athena.sql.reader import Reader
from local.services.athena.sql.refusals import refusal
from local.services.athena.sql.relations import TableName
from local.services.athena.sql.statements import Repair, ShowDatabases, ShowTable, ShowTables, TablePart


class HiveReader(Reader):
    """Reads one of them, from behind its first word."""

    def show(self) -> ShowDatabases | ShowTables | ShowTable:
        """Any of SHOW."""
        if self._take("databases") or self._take("schemas"):
            pattern = self._pattern()
            self._end()
            return ShowDatabases(pattern)
        if self._next.is_word("tables", "views"):
            views = not self._take("tables") and self._take("views")
            database, pattern = self._in_database(), self._pattern()
            self._end()
            return ShowTables(database, pattern, views=views)
        if self._take("columns"):
            if not (self._take("from") or self._take("in")):
                raise self._mismatch("'FROM', 'IN'")
            table, database = self._hive_name(), self._in_database()
            self._end()
            return ShowTable("COLUMNS", table if database is None else TableName(database, table.name))
        if self._take("partitions"):
            return ShowTable("PARTITIONS", self._hive_table())
        if self._take("tblproperties"):
            return self._show_properties()
        if self._take("create", "table"):
            return ShowTable("CREATE TABLE", self._hive_table())
        if self._take("create", "view"):
            return ShowTable("CREATE VIEW", self._hive_table())
        raise refusal(self._words)

    def _show_properties(self) -> ShowTable:
        table, name = self._hive_name(), None
        if self._place < len(self._words):
            inside = self._inside()
            if len(inside) != 1 or inside[0].kind not in {"string", "quoted"}:
                raise inside.mismatch(0, "a property's name in quotes")
            name = inside[0].value
        self._end()
        return ShowTable("TBLPROPERTIES", table, name)

    def describe(self) -> ShowTable:
        """DESCRIBE or DESC."""
        kind: TablePart = "DESCRIBE"
        if self._words[self._place + 1].is_name:
            if self._take("extended"):
                kind = "DESCRIBE EXTENDED"
            elif self._take("formatted"):
                kind = "DESCRIBE FORMATTED"
            elif self._next.is_word("input", "output", "database", "schema"):
                raise refusal(self._words)
            else:
                self._take("view")
        table = self._hive_name()
        if self._next.is_name:
            raise Unsupported("DESCRIBE of a partition or a column")
        self._end()
        return ShowTable(kind, table)

    def repair(self) -> Repair:
        """MSCK REPAIR TABLE."""
        self._expect("repair", "table")
        return Repair(self._hive_table())

    def _pattern(self) -> str | None:
        like, token = self._take("like"), self._next
        if token.kind == "string":
            self._place += 1
            return token.value
        if like:
            raise self._mismatch("a pattern in quotes")
        return None

    def _in_database(self) -> str | None:
        if not (self._take("in") or self._take("from")):
            return None
        table = self._hive_name()
        if table.database is not None:
            raise self._mismatch("a database")
        return table.name
