"""What Lake Formation says of the catalog to the services that read it for somebody."""

from collections.abc import Callable

from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.lake import DataLake
from local.services.lakeformation.principals import Principals
from medallion.manifest.access.evaluate import EVERYTHING, TableAccess, database_permissions, table_access
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    IAM_ALLOWED_PRINCIPALS,
    CatalogResource,
    DatabaseResource,
    LocationResource,
    Resource,
    Table,
    TableResource,
)

ANSWERS_KEPT = 2000


class Governing:
    """Who may see what. The laptop's root is not governed: all of the laptop's own work is signed with its key."""

    def __init__(self, lake: DataLake, catalog: Catalog, principals: Principals, follow: Callable[[], None]) -> None:
        """Over a data lake.

        Args:
            lake: What is granted.
            catalog: What there is.
            principals: Who calls.
            follow: Takes note of what is new in the catalog.
        """
        self._lake = lake
        self._catalog = catalog
        self._principals = principals
        self.follow = follow
        self._answers: dict[tuple[int, str, Table], TableAccess] = {}

    def is_root(self, caller: str) -> bool:
        """Whether a caller is the laptop's root, which nothing here governs."""
        return self._principals.is_root(caller)

    def governs(self, database: str) -> bool:
        """Whether Lake Formation decides about a database, or about a table in it."""
        return database in self.governed_databases()

    def governed_databases(self) -> frozenset[str]:
        """The databases about which, or about tables in which, Lake Formation decides."""
        self.follow()
        with self._lake.reading():
            free = {target for principal, target in self._lake.grants if principal == IAM_ALLOWED_PRINCIPALS}
        known = [entry.key for entry in self._catalog.entries()]
        return frozenset(
            key[0]
            for key in known
            if (len(key) == 1 and DatabaseResource(database=key[0]) not in free)
            or (len(key) == 2 and not free & {TableResource(database=key[0], table=name) for name in (key[1], ALL_TABLES)})
        )

    def table(self, principal: str, database: str, table: str) -> TableAccess | None:
        """What the columns of a table are for a caller; None where IAM alone decides, or there is no such table."""
        self.follow()
        principal, known = self._principals.of(principal), self._catalog.known_table(database, table)
        if known is None or self._principals.is_root(principal):
            return None
        access = self._access(principal, known)
        return None if self._is_free(known) else access

    def covers(self, principal: str, database: str, table: str) -> bool:
        """Whether a caller is granted columns of a table that the catalog does not list, too: those to come, and those that are no more."""
        known = self._catalog.known_table(database, table)
        if known is None or self.table(principal, database, table) is None:
            return True
        # A column without a name has no tag of its own, and no grant names it.
        unlisted = known.model_copy(update={"columns": ("",)})
        return self._access(self._principals.of(principal), unlisted).columns[""].answer == "yes"

    def permissions(self, principal: str, database: str) -> frozenset[str] | None:
        """What a caller may do with a database; None where IAM alone decides, or there is no such database."""
        self.follow()
        principal = self._principals.of(principal)
        if self._principals.is_root(principal) or (database,) not in {entry.key for entry in self._catalog.entries()}:
            return None
        if self._holds(IAM_ALLOWED_PRINCIPALS, DatabaseResource(database=database)):
            return None
        return database_permissions(self._lake.state(), principal, database)

    def sees_database(self, principal: str, database: str) -> bool:
        """Whether a caller knows that a database exists: it may do something with it, or with a table in it."""
        held = self.permissions(principal, database)
        if held is None or held:
            return True
        tables = [table.name for table in self._catalog.tables() if table.database == database]
        accesses = [self.table(principal, database, name) for name in tables]
        return any(access is None or access.described for access in accesses)

    def may_create_databases(self, principal: str) -> bool:
        """Whether a caller may make databases."""
        principal = self._principals.of(principal)
        if self._principals.is_root(principal) or principal in self._lake.admins:
            return True
        return any(self._holds(who, CatalogResource(), "CREATE_DATABASE") for who in (principal, IAM_ALLOWED_PRINCIPALS))

    def may_use_location(self, principal: str, location: str) -> bool:
        """Whether a caller may make something at an S3 URL; where none is registered IAM alone decides."""
        registered, principal = self._registered(location), self._principals.of(principal)
        if registered is None or self._principals.is_root(principal) or principal in self._lake.admins:
            return True
        with self._lake.reading():
            granted = [target.location for who, target in self._lake.grants if who == principal and isinstance(target, LocationResource)]
        return any(_is_below(location, place) for place in granted)

    def reader(self, location: str) -> str | None:
        """The role by which data at an S3 URL is read in a caller's place; None where the location is not registered."""
        registered = self._registered(location)
        return None if registered is None else str(self._lake.locations[registered]["RoleArn"])

    def created(self, principal: str, database: str, table: str | None = None) -> None:
        """Gives who has made a database or a table all permissions on it."""
        self.follow()
        principal = self._principals.of(principal)
        target: Resource = DatabaseResource(database=database) if table is None else TableResource(database=database, table=table)
        if not self._principals.is_root(principal):
            with self._lake.reading():
                self._lake.add(principal, target, {"ALL"}, {"ALL"})
                self._lake.revision += 1

    def _access(self, principal: str, table: Table) -> TableAccess:
        revision, state = self._lake.numbered_state()
        key = revision, principal, table
        known = self._answers.get(key)
        if known is None:
            alone = state.model_copy(update={"tables": (table,)})
            known = table_access(alone, principal, table.database, table.name)
            if len(self._answers) >= ANSWERS_KEPT:
                self._answers.clear()
            self._answers[key] = known
        return known

    def _is_free(self, table: Table) -> bool:
        names = (table.name, ALL_TABLES)
        return any(self._holds(IAM_ALLOWED_PRINCIPALS, TableResource(database=table.database, table=name)) for name in names)

    def _holds(self, principal: str, target: Resource, permission: str = "ALL") -> bool:
        held = self._lake.grants.get((principal, target))
        return held is not None and bool(held.permissions & {permission, *EVERYTHING})

    def _registered(self, location: str) -> str | None:
        places = [place for place in list(self._lake.locations) if _is_below(location, place)]
        return max(places, key=len, default=None)


def _is_below(location: str, place: str) -> bool:
    """Whether an S3 URL is at an ARN of S3, or below it."""
    path = location.partition("://")[2].rstrip("/")
    return f"{path}/".startswith(f"{place.removeprefix('arn:aws:s3:::').rstrip('/')}/")
