"""What Lake Formation lets one caller read: columns, rows, and the files by the role of their location."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.governance import Governance
from local.services.athena.catalog import Caller, is_view, metadata_location
from local.services.athena.errors import NotAuthorized
from local.services.athena.lineage import Lineage, Lineages
from local.services.athena.sql.statements import Change
from local.services.athena.trino.rules import Limits

if TYPE_CHECKING:
    from medallion.manifest.access.evaluate import TableAccess

# Columns of every Iceberg table that tell of its files, whose names hold the values of partition columns.
OF_FILES = frozenset({"$path", "$partition", "$file_modified_time"})
_EVERYTHING = frozenset({"ALL", "SUPER"})
_NEEDED: Mapping[Change, tuple[str, ...]] = {
    "INSERT INTO": ("INSERT",),
    "DELETE FROM": ("DELETE",),
    "UPDATE": ("INSERT", "DELETE"),
    "MERGE INTO": ("INSERT", "DELETE"),
    "ALTER TABLE RENAME": ("ALTER",),
    "OPTIMIZE": ("ALTER",),
    "VACUUM": ("ALTER",),
    "CREATE VIEW": ("ALTER",),
    "DROP TABLE": ("DROP",),
    "DROP VIEW": ("DROP",),
}


@dataclass(frozen=True)
class Governed:
    """Lake Formation as one caller meets it.

    Attributes:
        governance: What decides.
        principal: The caller's ARN.
        denial: Why IAM does not let the caller do an action; None if it does.
        reader: Acts as the role of a location.
        lineages: The fields of tables.
    """

    governance: Governance
    principal: str
    denial: Callable[[str, str], str | None]
    reader: Callable[[str], Caller]
    lineages: Lineages

    def access(self, database: str, table: str) -> "TableAccess | None":
        """What the columns of a table are for the caller; None where IAM alone decides."""
        return self.governance.table(self.principal, database, table)

    def databases(self) -> frozenset[str]:
        """Those that are governed, at least in part."""
        return self.governance.governed_databases()

    def check_readable(self, caller: Caller, table: Mapping[str, Any], access: "TableAccess") -> None:
        """Checks that a table may be read, and that its files can be.

        Args:
            caller: Who asks.
            table: Its entry in the catalog.
            access: What Lake Formation says of it.

        Raises:
            NotAuthorized: It may not.
            QueryFailed: It is not an Iceberg table.
        """
        if not access.seen or (is_view(table) and not access.whole):
            raise lacking("Select", f"all of {access.table}" if access.seen else access.table)
        if is_view(table):
            return
        role = self.governance.reader(metadata_location(table))
        if role is None:
            caller.check_file(table)
            return
        if (reason := self.denial("lakeformation:GetDataAccess", "*")) is not None:
            raise NotAuthorized(reason)
        self.reader(role).check_file(table)

    def limits(self, table: Mapping[str, Any], access: "TableAccess") -> Limits | None:
        """What the caller does not see of a table that it may read; None if it sees all of it."""
        if is_view(table) or (access.whole and self.governance.covers(self.principal, access.database, access.table)):
            return None
        lineage = self.lineages.of(metadata_location(table))
        if access.whole and lineage.latest_names <= {name.lower() for name in access.seen}:
            return None
        # Of a column that is no more, files and snapshots still have the values.
        return limits_of(access, lineage)

    def check_change(self, kind: Change, database: str, table: str, *, exists: bool) -> None:
        """Checks that the caller may change a table or make one.

        Raises:
            NotAuthorized: It may not.
        """
        if not exists:
            held = self.governance.permissions(self.principal, database)
            if held is not None and not held & {"CREATE_TABLE", *_EVERYTHING}:
                raise lacking("Create Table", database)
            return
        access = self.access(database, table)
        if access is None or access.permissions & _EVERYTHING:
            return
        for permission in _NEEDED.get(kind, ()):
            if permission not in access.permissions:
                raise lacking(permission.title(), table)


def limits_of(access: "TableAccess", lineage: Lineage) -> Limits:
    """What is not seen of a table, by whichever name and in whichever snapshot."""
    seen = frozenset(name.lower() for name in access.seen)
    visible = frozenset(name for name in seen if name in lineage.current and lineage.means_one_thing(name, seen))
    hidden = (lineage.names | {name.lower() for name in access.columns} | OF_FILES) - visible
    masks = tuple(
        (name.lower(), _any_of(column.rows))
        for name, column in access.columns.items()
        if name.lower() in visible and column.answer == "rows" and column.rows != access.rows
    )
    return Limits(hidden, _any_of(access.rows) if access.rows is not None else None, masks)


def lacking(permission: str, name: str) -> NotAuthorized:
    """A permission of Lake Formation that the caller has not."""
    return NotAuthorized(f"Insufficient Lake Formation permission(s): Required {permission} on {name}")


def _any_of(expressions: Iterable[str]) -> str:
    return " OR ".join(f"({expression})" for expression in expressions)
