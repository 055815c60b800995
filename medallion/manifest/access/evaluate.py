"""What a principal may see, by Lake Formation's rules: grants are united, and nothing is ever denied by one.

What is left out: grants to accounts and to groups of Identity Center, resource links, hybrid access (opt-ins), nested columns.
"""

from collections.abc import Iterator
from typing import Literal

from medallion.manifest.access.permissions import (
    ALL_TABLES,
    IAM_ALLOWED_PRINCIPALS,
    ColumnsResource,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    State,
    Table,
    TableResource,
    Tag,
    TagPolicyResource,
)
from medallion.manifest.frozen import Frozen

Answer = Literal["yes", "rows", "no", "ungoverned"]

SELECT, DESCRIBE = "SELECT", "DESCRIBE"
EVERYTHING = frozenset({"ALL", "SUPER"})


class ColumnAccess(Frozen):
    """Whether a principal sees a column.

    Attributes:
        answer: `yes`; `rows`, where one of the expressions is true, and null elsewhere; `no`: the column is absent; `ungoverned`: IAM alone
            decides, as IAM_ALLOWED_PRINCIPALS holds a grant.
        rows: The expressions of `rows`, sorted; none otherwise.
        grants: What gives it, all of it.
    """

    answer: Answer
    rows: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def seen(self) -> bool:
        """Whether the column is there for the principal at all."""
        return self.answer != "no"


class TableAccess(Frozen):
    """What a principal may do with a table.

    Attributes:
        database: The table's database.
        table: The table.
        columns: Each of its columns, in the table's order.
        permissions: What the principal holds on the table as a whole, `SELECT` apart.
    """

    database: str
    table: str
    columns: dict[str, ColumnAccess]
    permissions: frozenset[str] = frozenset()

    @property
    def seen(self) -> tuple[str, ...]:
        """The columns that are there for the principal."""
        return tuple(name for name, access in self.columns.items() if access.seen)

    @property
    def rows(self) -> tuple[str, ...] | None:
        """A row is there where one of these is true; None: all rows are. It has no meaning where no column is seen."""
        seen = [access for access in self.columns.values() if access.seen]
        if any(access.answer != "rows" for access in seen):
            return None
        return tuple(sorted({expression for access in seen for expression in access.rows}))

    @property
    def whole(self) -> bool:
        """Whether every column of every row is seen: what reading the table's metadata tables needs."""
        return all(access.answer in {"yes", "ungoverned"} for access in self.columns.values())

    @property
    def described(self) -> bool:
        """Whether the principal knows that the table exists."""
        return bool(self.seen) or bool(self.permissions)


def access_of(state: State, principal: str) -> dict[tuple[str, str], TableAccess]:
    """What a principal may do with each table of the catalog, by database and table."""
    return {(table.database, table.name): _table_access(state, principal, table) for table in state.tables}


def table_access(state: State, principal: str, database: str, table: str) -> TableAccess:
    """What a principal may do with one table; KeyError if the catalog does not have it."""
    for known in state.tables:
        if (known.database, known.name) == (database, table):
            return _table_access(state, principal, known)
    raise KeyError(f"{database}.{table}")


def database_permissions(state: State, principal: str, database: str) -> frozenset[str]:
    """What a principal may do with a database itself, such as `DESCRIBE` or `CREATE_TABLE`."""
    tags = database_tags(state, database)
    permissions: set[str] = {DESCRIBE} if principal in state.admins else set()
    for grant in _held(state, principal):
        resource = grant.resource
        if (isinstance(resource, DatabaseResource) and resource.database == database) or (
            isinstance(resource, TagPolicyResource) and resource.kind == "DATABASE" and matches(resource, tags)
        ):
            permissions |= set(grant.permissions)
    return frozenset(permissions)


def database_tags(state: State, database: str) -> dict[str, str]:
    """The value of each tag of a database."""
    return _values(state.database_tags.get(database, ()))


def table_tags(state: State, database: str, table: str) -> dict[str, str]:
    """The value of each tag of a table, what it inherits included."""
    return database_tags(state, database) | _values(state.table_tags.get((database, table), ()))


def column_tags(state: State, database: str, table: str, column: str) -> dict[str, str]:
    """The value of each tag of a column: its own, else the table's, else the database's."""
    return table_tags(state, database, table) | _values(state.column_tags.get((database, table, column), ()))


def matches(policy: TagPolicyResource, tags: dict[str, str]) -> bool:
    """Whether tags satisfy every condition of an expression; one without conditions matches nothing."""
    return bool(policy.expression) and all(tags.get(condition.key) in condition.values for condition in policy.expression)


def _values(tags: tuple[Tag, ...]) -> dict[str, str]:
    return {tag.key: tag.value for tag in tags}


def _held(state: State, principal: str) -> Iterator[Grant]:
    # arn:PARTITION:iam::ACCOUNT:role/NAME
    parts = principal.split(":")
    everybody = f"{parts[4]}:IAMPrincipals" if len(parts) > 5 else ""
    for grant in state.grants:
        if grant.principal in {principal, IAM_ALLOWED_PRINCIPALS} or (everybody and grant.principal == everybody):
            yield grant


def _table_access(state: State, principal: str, table: Table) -> TableAccess:
    filters = {each.name: each for each in state.filters if (each.database, each.table) == (table.database, table.name)}
    whole_tags = table_tags(state, table.database, table.name)
    tags = {name: column_tags(state, table.database, table.name, name) for name in table.columns}
    free: dict[str, list[Grant]] = {name: [] for name in table.columns}
    all_rows: dict[str, list[Grant]] = {name: [] for name in table.columns}
    some_rows: dict[str, list[tuple[str, Grant]]] = {name: [] for name in table.columns}
    # An administrator sees all of the catalog's metadata and none of the data.
    permissions: set[str] = {DESCRIBE} if principal in state.admins else set()
    for grant in _held(state, principal):
        if _means(grant, table, whole_tags):
            permissions |= set(grant.permissions) - {SELECT}
        if SELECT not in grant.permissions and not EVERYTHING.intersection(grant.permissions):
            continue
        for name in table.columns:
            if grant.principal == IAM_ALLOWED_PRINCIPALS:
                if _columns(grant, table, name, tags[name]):
                    free[name].append(grant)
            elif _columns(grant, table, name, tags[name]):
                all_rows[name].append(grant)
            elif (used := _filter(grant, table, filters)) is not None and _includes(used, name):
                if used.rows is None:
                    all_rows[name].append(grant)
                else:
                    some_rows[name].append((used.rows, grant))
    return TableAccess(
        database=table.database,
        table=table.name,
        columns={name: _column_access(free[name], all_rows[name], some_rows[name]) for name in table.columns},
        permissions=frozenset(permissions),
    )


def _column_access(free: list[Grant], all_rows: list[Grant], some_rows: list[tuple[str, Grant]]) -> ColumnAccess:
    if free:
        return ColumnAccess(answer="ungoverned", grants=_sorted(free))
    if all_rows:
        return ColumnAccess(answer="yes", grants=_sorted(all_rows))
    if some_rows:
        rows = tuple(sorted({expression for expression, _ in some_rows}))
        return ColumnAccess(answer="rows", rows=rows, grants=_sorted([grant for _, grant in some_rows]))
    return ColumnAccess(answer="no")


def _sorted(grants: list[Grant]) -> tuple[Grant, ...]:
    # The order in which an account lists its grants means nothing.
    return tuple(sorted(grants, key=lambda grant: grant.model_dump_json()))


def _means(grant: Grant, table: Table, tags: dict[str, str]) -> bool:
    """Whether a grant is on the table as a whole."""
    resource = grant.resource
    if isinstance(resource, TableResource):
        return resource.database == table.database and resource.table in {table.name, ALL_TABLES}
    return isinstance(resource, TagPolicyResource) and resource.kind == "TABLE" and matches(resource, tags)


def _columns(grant: Grant, table: Table, name: str, tags: dict[str, str]) -> bool:
    """Whether a grant that gives SELECT gives a column with all of its rows."""
    resource = grant.resource
    if isinstance(resource, ColumnsResource):
        return (resource.database, resource.table) == (table.database, table.name) and (name in resource.columns) != resource.excluded
    return _means(grant, table, tags)


def _filter(grant: Grant, table: Table, filters: dict[str, Filter]) -> Filter | None:
    resource = grant.resource
    if not isinstance(resource, FilterResource) or (resource.database, resource.table) != (table.database, table.name):
        return None
    return filters.get(resource.name)


def _includes(used: Filter, name: str) -> bool:
    return name in used.columns if used.columns is not None else name not in used.excluded_columns


__all__ = [
    "Answer",
    "ColumnAccess",
    "TableAccess",
    "access_of",
    "column_tags",
    "database_permissions",
    "database_tags",
    "matches",
    "table_access",
    "table_tags",
]
