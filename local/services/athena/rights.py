"""What a statement may touch by its caller's own rights, and the rules for Trino that follow.

Trino itself acts with the laptop's key. So each table that a statement names is asked for with the caller's key first, and so is each that a
view in it reads; Trino is then permitted these tables and no others, and of those that Lake Formation governs what it shows the caller.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.services.athena.catalog import Caller, columns, is_iceberg, is_view, metadata_location
from local.services.athena.errors import NotAuthorized, QueryFailed
from local.services.athena.governed import Governed
from local.services.athena.sql import reads, views
from local.services.athena.sql.parameters import Sent
from local.services.athena.sql.reads import Table
from local.services.athena.sql.statements import Explain, Query, Write
from local.services.athena.trino.rules import Limits, Permission

if TYPE_CHECKING:
    from medallion.manifest.access.evaluate import TableAccess

INFORMATION_SCHEMA = "information_schema"

type Plan = Callable[[Sent], str]
"""Asks Trino for the plan of a statement."""


@dataclass
class Rights:
    """The tables that one statement may read.

    Attributes:
        caller: Who asks.
        lake: What Lake Formation lets it read.
        tables: What the caller may read, by database.
        listed: What information_schema shows, by database.
        limits: What the caller does not see of tables that it may read, and of those that information_schema shows.
    """

    caller: Caller
    lake: Governed
    tables: dict[str, set[str]] = field(default_factory=dict)
    listed: dict[str, set[str]] = field(default_factory=dict)
    limits: dict[Table, Limits] = field(default_factory=dict)
    _listed_limits: dict[Table, Limits] = field(default_factory=dict)
    _read_at: dict[Table, str] = field(default_factory=dict)
    _seen: frozenset[str] = frozenset()
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

    def check_unchanged(self) -> None:
        """Checks, once it has run, that no table got a column meanwhile that would have been hidden: Trino shows what no rule names.

        Raises:
            NotAuthorized: One did.
        """
        for table, location in self._read_at.items():
            try:
                entry = self.caller.table(*table)
            except LookupError:
                # The statement itself may have renamed it.
                continue
            if metadata_location(entry) == location:
                continue
            access = self.lake.access(*table)
            now = self.lake.limits(entry, access) if access is not None else None
            before = self.limits.get(table)
            if now is not None and (before is None or not now.hidden <= before.hidden):
                raise NotAuthorized(f"The columns of {table[1]} changed while the query ran; run it again")

    def permissions(self) -> list[Permission]:
        """The same for Trino."""
        return [
            *(Permission(database, frozenset(tables)) for database, tables in self.tables.items()),
            *(Permission(database, frozenset(tables), listed=True) for database, tables in self.listed.items()),
            *(Permission(database, frozenset({name}), limits=limits) for (database, name), limits in self.limits.items()),
            *(
                Permission(database, frozenset({name}), listed=True, limits=limits)
                for (database, name), limits in self._listed_limits.items()
            ),
        ]

    @property
    def hidden(self) -> frozenset[str]:
        """Columns that the caller does not see in a table that the statement touches, and in none of the others sees."""
        return frozenset(name for limits in self.limits.values() for name in limits.hidden) - self._seen

    @property
    def is_filtered(self) -> bool:
        """Whether the caller does not see all rows, or all cells of a column."""
        return any(limits.rows is not None or limits.masks for limits in self.limits.values())

    def _check(self, table: Table) -> None:
        database, name = table
        if database == INFORMATION_SCHEMA:
            self._list()
        elif table not in self._checked:
            entry = self.caller.table(database, name)
            access = self.lake.access(database, name)
            if access is not None:
                self.lake.check_readable(self.caller, entry, access)
            elif not is_view(entry):
                self.caller.check_file(entry)
            self._checked.add(table)
            self._permit(table, entry, access)
            if is_view(entry):
                self._views = True
                for inner in sorted(views.reads_of(entry)):
                    with contextlib.suppress(LookupError):
                        self._check(inner)

    def _permit(self, table: Table, entry: Mapping[str, Any], access: "TableAccess | None") -> None:
        limits = self.lake.limits(entry, access) if access is not None else None
        self._seen |= {str(name).lower() for name, _, _ in columns(entry)} - (limits.hidden if limits is not None else frozenset())
        if access is not None and is_iceberg(entry):
            self._read_at[table] = metadata_location(entry)
        if limits is None:
            self.tables.setdefault(table[0], set()).add(table[1])
        else:
            self.limits[table] = limits

    def _list(self) -> None:
        # It shows what the rules permit.
        for database, entries in self.caller.listed().items():
            self.listed.setdefault(database, set())
            for entry in entries:
                name = str(entry["Name"])
                access = self.lake.access(database, name)
                if access is None or (access.whole and not is_iceberg(entry)):
                    self.listed[database].add(name)
                elif access.seen and is_iceberg(entry):
                    limits = self.lake.limits(entry, access)
                    if limits is None:
                        self.listed[database].add(name)
                    else:
                        self._listed_limits[database, name] = limits
