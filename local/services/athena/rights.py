"""What a statement may touch by its caller's own rights, and the rules for Trino that follow.

Trino itself acts with the laptop's key. So each table that a statement names is asked for with the caller's key first, and so is each that a
view in it reads; Trino is then permitted these tables and no others.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from local.services.athena.catalog import Caller
from local.services.athena.errors import QueryFailed
from local.services.athena.sql import reads
from local.services.athena.sql.parameters import Sent
from local.services.athena.sql.reads import INFORMATION_SCHEMA, Touched
from local.services.athena.sql.statements import Explain, Query, Write
from local.services.athena.trino.rules import Permission

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
    _checked: set[tuple[str, str]] = field(default_factory=set)
    _views: bool = False

    def check_named(self, statement: Query | Write | Explain, database: str | None) -> None:
        """Checks what the text names; what is not there is left to Trino, which says where it stands.

        Raises:
            NotAuthorized: The caller may not read one of the tables.
            QueryFailed: One is not Iceberg, or its database is not known.
        """
        for touched in sorted(reads.named(statement, database), key=lambda one: (one.database, one.table)):
            try:
                self._check(touched)
            except LookupError:
                continue

    def check_target(self, database: str, table: str) -> None:
        """Checks the table that a statement changes; one that is not there is left to Trino.

        Raises:
            NotAuthorized: The caller may not read it.
            QueryFailed: It is not Iceberg.
        """
        with contextlib.suppress(LookupError):
            self._check(Touched(database, table))

    def check_planned(self, statement: Query | Write | Explain, database: str | None, parameters: tuple[str, ...], plan: Plan) -> None:
        """Checks what views read, which only a plan tells; without a view it reads what it names.

        Raises:
            NotAuthorized: The caller may not read one of the tables.
            QueryFailed: One is not Iceberg, or not there.
        """
        question = reads.question(statement, database, parameters) if self._views else None
        for touched in sorted(reads.touches(plan(question)).reads, key=lambda one: (one.database, one.table)) if question else ():
            try:
                self._check(touched)
            except LookupError as error:
                missing = f"Table 'awsdatacatalog.{touched.database}.{touched.table}' does not exist"
                raise QueryFailed("TABLE_NOT_FOUND", missing) from error

    def permissions(self) -> list[Permission]:
        """The same for Trino."""
        return [Permission(database, frozenset(tables)) for database, tables in self.tables.items()]

    def _check(self, touched: Touched) -> None:
        if touched.database == INFORMATION_SCHEMA:
            # It shows what the rules permit.
            for database, tables in self.caller.listed().items():
                self.tables.setdefault(database, set()).update(tables)
            return
        if (place := (touched.database, touched.table)) not in self._checked:
            self._views |= self.caller.check_readable(*place)
            self._checked.add(place)
            self.tables.setdefault(touched.database, set()).add(touched.table)
