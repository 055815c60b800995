"""What a statement may touch by its caller's own rights, and the rules for Trino that follow.

Trino itself acts with the laptop's key. So each table that a statement names is asked for with the caller's key first, and so is each that a
view in it reads; Trino is then permitted these tables and no others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from local.services.athena.catalog import Caller
from local.services.athena.errors import QueryFailed
from local.services.athena.sql import reads
from local.services.athena.sql.parameters import Sent
from local.services.athena.sql.reads import Table
from local.services.athena.sql.statements import Explain, Query, Write
from local.services.athena.trino.rules import Permission

INFORMATION_SCHEMA = "information_schema"

type Plan = Callable[[Sent], str]
"""Asks Trino for the plan of a statement."""


@dataclass
class Rights:
    """The tables that one statement may read.

    Attributes:
        caller: Who asks.
        tables: What the caller may read, by database.
    """

    caller: Caller
    tables: dict[str, set[str]] = field(default_factory=dict)
    _checked: set[Table] = field(default_factory=set)
    _views: bool = False

    def check_named(self, statement: Query | Write | Explain, database: str | None, also: Iterable[Table] = ()) -> None:
        """Checks what the text names; what is not there is left to Trino, which says where it stands.

        Args:
            statement: The statement.
            database: That of the query, for what is named without one.
            also: What it changes, where its caller must be able to read that.

        Raises:
            NotAuthorized: The caller may not read one of the tables.
            QueryFailed: One is not Iceberg.
        """
        for table in sorted(reads.named(statement, database).union(also)):
            try:
                self._check(table)
            except LookupError:
                continue

    def check_planned(self, statement: Query | Write | Explain, database: str | None, parameters: tuple[str, ...], plan: Plan) -> None:
        """Checks what views read, which only a plan tells; without a view it reads what it names.

        Raises:
            NotAuthorized: The caller may not read one of the tables.
            QueryFailed: One is not Iceberg, or not there.
        """
        question = reads.question(statement, database, parameters) if self._views else None
        for table in sorted(reads.planned(plan(question))) if question else ():
            try:
                self._check(table)
            except LookupError as error:
                raise QueryFailed("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{'.'.join(table)}' does not exist") from error

    def permissions(self) -> list[Permission]:
        """The same for Trino."""
        return [Permission(database, frozenset(tables)) for database, tables in self.tables.items()]

    def _check(self, table: Table) -> None:
        database, name = table
        if database == INFORMATION_SCHEMA:
            # It shows what the rules permit. What is listed there has not been checked yet.
            for listed, tables in self.caller.listed().items():
                self.tables.setdefault(listed, set()).update(tables)
        elif table not in self._checked:
            self._views |= self.caller.check_readable(database, name)
            self._checked.add(table)
            self.tables.setdefault(database, set()).add(name)
