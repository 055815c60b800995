"""What Lake Formation says of the catalog, as the services ask that read it for somebody."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from medallion.manifest.access.evaluate import TableAccess


class Governance(Protocol):
    """Who may see what of the tables that Lake Formation governs."""

    def governed_databases(self) -> frozenset[str]:
        """The databases about which, or about tables in which, Lake Formation decides."""
        ...

    def table(self, principal: str, database: str, table: str) -> "TableAccess | None":
        """What the catalog's columns of a table are for a caller.

        Args:
            principal: As AWS names who calls: of a role's session, the session.
            database: The table's database.
            table: The table.

        Returns:
            None where IAM alone decides, or there is no such table.
        """
        ...

    def covers(self, principal: str, database: str, table: str) -> bool:
        """Whether a caller is granted columns of a table that the catalog does not list, too: those to come, and those that are no more."""
        ...

    def permissions(self, principal: str, database: str) -> frozenset[str] | None:
        """What a caller may do with a database itself; None where IAM alone decides, or there is no such database."""
        ...

    def reader(self, location: str) -> str | None:
        """The role by which data at an S3 URL is read in a caller's place; None where the location is not registered."""
        ...

    def created(self, principal: str, database: str, table: str | None = None) -> None:
        """Gives who has made a database or a table all permissions on it."""
        ...


class Ungoverned:
    """There is no Lake Formation: IAM alone decides."""

    def governed_databases(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def table(self, principal: str, database: str, table: str) -> "TableAccess | None":
        """Nothing: IAM alone decides."""
        del principal, database, table
        return None

    def covers(self, principal: str, database: str, table: str) -> bool:
        """All: IAM alone decides."""
        del principal, database, table
        return True

    def permissions(self, principal: str, database: str) -> frozenset[str] | None:
        """Nothing: IAM alone decides."""
        del principal, database
        return None

    def reader(self, location: str) -> str | None:
        """Nobody: no location is registered."""
        del location
        return None

    def created(self, principal: str, database: str, table: str | None = None) -> None:
        """Gives nothing."""
        del principal, database, table
