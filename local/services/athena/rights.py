"""What a statement may touch by its caller's own rights, and the rules for Trino that follow.

Trino itself acts with the laptop's key. So each table that a statement names is asked for with the caller's key first, and so is each that a
view in it reads; Trino is then permitted these tables and no others.
"""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from local.services.athena.catalog import Caller, is_view
from local.services.athena.errors import QueryFailed
from local.services.athena.sql import reads, views
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
        listed: What information_schema shows, by database.
    """

    caller: Caller
    tables: dict[str, set[str]] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)
    _checked: set[Table] = field(default_factory=set)
    _views: bool = False

    def check_named(self, statement: Query | Write | Explain, database: str | None, also: Iterable[Table] = ()) -> None:
        """Checks what the text names, and what views in it name; what is not there is left to Trino, which says where it stands.

        Args:
            statement: The statement.
            database: That of the query, for what is named without one.
            also: What it changes, where its caller must be able to read that.

        Raises:
            NotAuthorized: The caller may not read one of the tables.
            QueryFailed: One is not Iceberg.
        """
        for table in sorted(reads.named(statement, database).union(also)):
            with contextlib.suppress(LookupError):
                self._check(table)

    def check_planned(self, statement: Query | Write | Explain, database: str | None, parameters: tuple[str, ...], plan: Plan) -> None:
        """Checks a plan as well where there is a view, whose text Trino could read otherwise; it leaves out what is never read.

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
        return [
            *(Permission(database, frozenset(tables)) for database, tables in self.tables.items()),
            *(Permission(database, frozenset(tables), listed=True) for database, tables in self.listed.items()),
        ]

    def _check(self, table: Table) -> None:
        database, name = table
        if database == INFORMATION_SCHEMA:
            # It shows what the rules permit.
            for listed, tables in self.caller.listed().items():
                self.listed.setdefault(listed, set()).update(tables)
        elif table not in self._checked:
            found = self.caller.check_readable(database, name)
            self._checked.add(table)
            self.tables.setdefault(database, set()).add(name)
            if is_view(found):
                self._views = True
                for inner in sorted(views.reads_of(found)):
                    with contextlib.suppress(LookupError):
                        self._check(inner)
