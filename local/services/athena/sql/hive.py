"""Athena's own statements about tables, which it takes from Hive and Glue answers: SHOW, DESCRIBE and MSCK REPAIR TABLE."""

from typing import Literal

from local.services.athena.errors import Malformed, Unsupported
from local.services.athena.sql.reader import Reader
from local.services.athena.sql.relations import TableName
from local.services.athena.sql.statements import Repair, ShowDatabases, ShowTable, ShowTables
from local.services.athena.sql.tokens import mismatched


class HiveReader(Reader):
    """Reads one of them."""

    def show(self) -> ShowDatabases | ShowTables | ShowTable:
        """Any of SHOW."""
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
                return ShowTable("COLUMNS", table if database is None else TableName(database, table.name))
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

    def describe(self) -> ShowTable:
        """DESCRIBE or DESC."""
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

    def _pattern(self, place: int) -> tuple[str | None, int]:
        if self._is_word(place, "like"):
            place += 1
        elif not (place < len(self._tokens) and self._tokens[place].kind == "string"):
            return None, place
        if not (place < len(self._tokens) and self._tokens[place].kind == "string"):
            raise Malformed(mismatched(self._text, self._tokens, place, "a pattern in quotes"))
        return self._tokens[place].value, place + 1

    def _in_database(self, place: int) -> tuple[str | None, int]:
        if not self._is_word(place, "in", "from"):
            return None, place
        table, after = self._hive_name(place + 1)
        if table.database is not None:
            raise Malformed(mismatched(self._text, self._tokens, place + 1, "a database"))
        return table.name, after

    def repair(self) -> Repair:
        """MSCK REPAIR TABLE."""
        return Repair(self._hive_table(self._after("msck", "repair", "table")))
