"""Who may change what in Lake Formation, IAM apart: administrators, and whoever holds a permission with the grant option."""

from collections.abc import Callable, Iterable

from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.lake import DataLake
from local.services.lakeformation.refusals import insufficient
from local.services.lakeformation.wire import named, permissions_of
from medallion.manifest.access.evaluate import EVERYTHING, database_permissions, table_access
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    CatalogResource,
    ColumnsResource,
    DatabaseResource,
    FilterResource,
    LocationResource,
    Resource,
    State,
    Table,
    TableResource,
    TagPolicyResource,
    TagResource,
)

# To put a tag on something takes all of these with the grant option, whatever the tag opens.
TO_TAG_DATABASE = ("DESCRIBE", "ALTER", "DROP", "CREATE_TABLE")
TO_TAG_TABLE = ("DESCRIBE", "ALTER", "DROP", "INSERT", "SELECT", "DELETE")


class Authority:
    """What Lake Formation lets a caller do with its permissions.

    The laptop's root may do all, as CloudFormation acts as it; on AWS it would have to be an administrator.
    """

    def __init__(self, lake: DataLake, catalog: Catalog, is_root: Callable[[str], bool]) -> None:
        self._lake = lake
        self._catalog = catalog
        self._is_root = is_root

    def is_admin(self, principal: str) -> bool:
        """Whether a caller is an administrator."""
        return self._is_root(principal) or principal in self._lake.admins

    def sees_all(self, principal: str) -> bool:
        """Whether a caller sees everybody's permissions."""
        return self.is_admin(principal) or principal in self._lake.read_only_admins

    def check_grant(self, principal: str, resource: Resource, permissions: Iterable[str]) -> None:
        """Checks that a caller may give or take permissions.

        Raises:
            ServiceError: It may not.
        """
        if self.is_admin(principal):
            return
        wanted = set(permissions)
        # Who may grant each of them may take all of them at once, as from IAM_ALLOWED_PRINCIPALS.
        for permission in sorted(permissions_of(resource) - EVERYTHING if wanted & EVERYTHING else wanted):
            if not self._may_grant(principal, resource, permission):
                raise insufficient(f"{permission} with grant option", named(resource))

    def check_filters(self, principal: str, database: str, table: str) -> None:
        """Checks that a caller may make and drop filters of a table.

        Raises:
            ServiceError: It may not.
        """
        self.check_grant(principal, TableResource(database=database, table=table), ("SELECT",))

    def check_tag(self, principal: str, key: str, permission: str, values: Iterable[str] = ()) -> None:
        """Checks that a caller holds a permission on a tag.

        Raises:
            ServiceError: It does not.
        """
        if not self.may_with_tag(principal, key, permission, values):
            raise insufficient(permission.title(), key)

    def may_with_tag(self, principal: str, key: str, permission: str, values: Iterable[str] = ()) -> bool:
        """Whether a caller holds a permission on a tag, or on some of its values; any permission lets it see the tag."""
        if self.is_admin(principal):
            return True
        held: set[str] = set()
        for (who, resource), grant in list(self._lake.grants.items()):
            allows = who == principal and permission in {"DESCRIBE", *grant.permissions}
            if allows and isinstance(resource, TagResource) and resource.key == key:
                held |= set(resource.values)
        wanted = set(values) or {"*"}
        return "*" in held or bool(held and (wanted <= held or permission == "DESCRIBE"))

    def check_catalog(self, principal: str, permission: str) -> None:
        """Checks that a caller holds a permission on the catalog.

        Raises:
            ServiceError: It does not.
        """
        held = self._lake.grants.get((principal, CatalogResource()))
        if not self.is_admin(principal) and (held is None or not _has(held.permissions, permission)):
            raise insufficient(permission.replace("_", " ").title(), "Catalog")

    def check_tagging(self, principal: str, database: str, table: str | None) -> None:
        """Checks that a caller may put tags on a database, or on a table and its columns.

        Raises:
            ServiceError: It may not.
        """
        resource: Resource = DatabaseResource(database=database) if table is None else TableResource(database=database, table=table)
        self.check_grant(principal, resource, TO_TAG_DATABASE if table is None else TO_TAG_TABLE)

    def permissions_on(self, principal: str, resource: Resource) -> frozenset[str]:
        """What a caller may do with a resource, by whichever grants."""
        if self.sees_all(principal):
            return permissions_of(resource)
        own = self._lake.grants.get((principal, resource))
        held = frozenset(own.permissions) if own is not None else frozenset[str]()
        state = self._lake.state()
        match resource:
            case DatabaseResource():
                held |= database_permissions(state, principal, resource.database)
            case TableResource() | ColumnsResource() | FilterResource():
                table = self._catalog.known_table(resource.database, resource.table)
                if table is not None:
                    access = table_access(_with(state, table), principal, table.database, table.name)
                    held |= access.permissions | ({"SELECT"} if access.seen else set())
        return permissions_of(resource) if held & EVERYTHING else held

    def _may_grant(self, principal: str, resource: Resource, permission: str) -> bool:
        own = self._lake.grants.get((principal, resource))
        if own is not None and _has(own.grantable, permission):
            return True
        state = self._lake.grantable_state()
        match resource:
            case DatabaseResource():
                return _has(database_permissions(_plain(state), principal, resource.database), permission)
            case TableResource() if resource.table != ALL_TABLES:
                return self._may_grant_of(principal, resource.database, resource.table, permission, None)
            case ColumnsResource():
                table = self._catalog.table(resource.database, resource.table)
                columns = [name for name in table.columns if (name in resource.columns) != resource.excluded]
                return self._may_grant_of(principal, resource.database, resource.table, permission, columns)
            case FilterResource():
                return self._may_grant_of(principal, resource.database, resource.table, permission, None)
            case TagPolicyResource():
                return all(
                    self.may_with_tag(principal, condition.key, "GRANT_WITH_LF_TAG_EXPRESSION", condition.values)
                    for condition in resource.expression
                )
            case CatalogResource() | LocationResource() | TagResource() | TableResource():
                return False

    def _may_grant_of(self, principal: str, database: str, table: str, permission: str, columns: Iterable[str] | None) -> bool:
        known = self._catalog.table(database, table)
        state = _with(_plain(self._lake.grantable_state()), known)
        access = table_access(state, principal, database, table)
        if permission != "SELECT":
            return _has(access.permissions, permission)
        return all(access.columns[name].answer == "yes" for name in (known.columns if columns is None else columns))


def _has(permissions: Iterable[str], wanted: str) -> bool:
    held = frozenset(permissions)
    return wanted in held or bool(EVERYTHING & held)


def _plain(state: State) -> State:
    # An administrator's own rights are no grants.
    return state.model_copy(update={"admins": ()})


def _with(state: State, table: Table) -> State:
    return state.model_copy(update={"tables": (table,)})
