"""What Lake Formation holds: settings, locations, tags, filters and grants; and how it follows the catalog."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.service import Json, ServiceError
from local.services.lakeformation.wire import resource, wire_of
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    IAM_ALLOWED_PRINCIPALS,
    CatalogResource,
    ColumnsResource,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    Resource,
    State,
    TableResource,
    Tag,
)

_EVERYBODY = [{"Principal": {"DataLakePrincipalIdentifier": IAM_ALLOWED_PRINCIPALS}, "Permissions": ["ALL"]}]
# Of an account in which nobody has changed anything: IAM alone decides.
UNTOUCHED: Json = {
    "DataLakeAdmins": [],
    "ReadOnlyAdmins": [],
    "CreateDatabaseDefaultPermissions": _EVERYBODY,
    "CreateTableDefaultPermissions": _EVERYBODY,
    "Parameters": {"CROSS_ACCOUNT_VERSION": "1"},
    "TrustedResourceOwners": [],
    "AllowExternalDataFiltering": False,
    "ExternalDataFilteringAllowList": [],
}

# For so long a second change of the same resource is refused; on AWS it is longer.
SETTLING_SECONDS = 0.01

type Key = tuple[str, ...]
"""A database; a table with its database; or a column with both."""


@dataclass
class Held:
    """What a principal holds on a resource."""

    permissions: set[str] = field(default_factory=set)
    grantable: set[str] = field(default_factory=set)
    updated: float = field(default_factory=time.time)


@dataclass(frozen=True)
class CatalogEntry:
    """A database or a table of the catalog.

    Attributes:
        key: Its name.
        created: Tells it from an earlier one of this name.
    """

    key: Key
    created: str


class DataLake:
    """The state of an account's Lake Formation, for one thread at a time: see `changing`."""

    def __init__(self, account: str) -> None:
        """That of an account in which nobody has changed anything.

        Args:
            account: Twelve digits.
        """
        self.account = account
        self.settings: Json = dict(UNTOUCHED)
        self.locations: dict[str, Json] = {}
        self.tags: dict[str, list[str]] = {}
        self.assigned: dict[Key, dict[str, str]] = {}
        self.filters: dict[tuple[str, str, str], Filter] = {}
        self.grants: dict[tuple[str, Resource], Held] = {(IAM_ALLOWED_PRINCIPALS, CatalogResource()): Held({"CREATE_DATABASE"}, set(), 0.0)}
        self.table_defaults: dict[str, list[Json]] = {}
        self.revision = 0
        self._known: dict[Key, str] = {}
        self._lock = threading.RLock()
        self._busy: set[object] = set()
        self._busy_lock = threading.Lock()
        self._value: tuple[int, State] | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keeps the state as it is for as long as the block."""
        with self._lock:
            yield

    @contextmanager
    def changing(self, what: object) -> Iterator[None]:
        """Changes the state.

        Args:
            what: The resource, or whatever else, that two requests at a time don't change.

        Raises:
            ServiceError: Another request is changing it: Lake Formation lets none of them wait.
        """
        with self._busy_lock:
            if what in self._busy:
                raise ServiceError("ConcurrentModificationException", "Concurrent modification on the same resource")
            self._busy.add(what)
        try:
            with self._lock:
                try:
                    yield
                finally:
                    self.revision += 1
            time.sleep(SETTLING_SECONDS)
        finally:
            with self._busy_lock:
                self._busy.discard(what)

    @property
    def admins(self) -> frozenset[str]:
        """The data lake administrators."""
        return frozenset(_identifiers(self.settings["DataLakeAdmins"]))

    @property
    def read_only_admins(self) -> frozenset[str]:
        """Those who see all and change nothing."""
        return frozenset(_identifiers(self.settings["ReadOnlyAdmins"]))

    def state(self) -> State:
        """All of it as the evaluator takes it, with no table."""
        return self.numbered_state()[1]

    def numbered_state(self) -> tuple[int, State]:
        """The same with a number that another state has not."""
        with self._lock:
            if self._value is None or self._value[0] != self.revision:
                self._value = self.revision, self._as_value(grantable=False)
            return self._value

    def grantable_state(self) -> State:
        """The same with what principals may grant in the place of what they may do."""
        with self._lock:
            return self._as_value(grantable=True)

    def add(self, principal: str, target: Resource, permissions: Iterable[str], grantable: Iterable[str] = ()) -> None:
        """Adds to what a principal holds."""
        held = self.grants.setdefault((principal, target), Held())
        held.permissions |= set(permissions)
        held.grantable |= set(grantable)
        held.updated = time.time()

    def follow(self, entries: Iterable[CatalogEntry]) -> None:
        """Takes note of what was made and dropped in the catalog; what is new gets the default permissions.

        The defaults only change through the API, which lets this come first: so they are those of when it was made.
        """
        with self._lock:
            now = {entry.key: entry.created for entry in entries}
            if now == self._known:
                return
            for key in [key for key, created in self._known.items() if now.get(key) != created]:
                self.forget(key)
            for key in sorted(now.keys() - self._known.keys(), key=len):
                self._known[key] = now[key]
                self._give_defaults(key)
            self.revision += 1

    def forget(self, key: Key) -> None:
        """Drops what is held of a database or a table that is no more."""
        size = len(key)
        for known in [known for known in self._known if known[:size] == key]:
            del self._known[known]
        for assigned in [assigned for assigned in self.assigned if assigned[:size] == key]:
            del self.assigned[assigned]
        for name in [name for name in self.filters if name[:size] == key]:
            del self.filters[name]
        for grant in [grant for grant in self.grants if _key(grant[1])[:size] == key]:
            del self.grants[grant]
        if size == 1:
            self.table_defaults.pop(key[0], None)
        self.revision += 1

    def saved(self) -> Json:
        """All of it for JSON."""
        with self._lock:
            return {
                "settings": self.settings,
                "locations": self.locations,
                "tags": self.tags,
                "assigned": [[list(key), tags] for key, tags in self.assigned.items()],
                "filters": [kept.model_dump() for kept in self.filters.values()],
                "grants": [
                    [principal, wire_of(target, self.account), sorted(held.permissions), sorted(held.grantable), held.updated]
                    for (principal, target), held in self.grants.items()
                ],
                "table_defaults": self.table_defaults,
                "known": [[list(key), created] for key, created in self._known.items()],
            }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Takes what `saved` gave."""
        with self._lock:
            self.settings, self.locations, self.tags = saved["settings"], saved["locations"], saved["tags"]
            self.assigned = {tuple(key): tags for key, tags in saved["assigned"]}
            kept = [Filter.model_validate(each) for each in saved["filters"]]
            self.filters = {(each.database, each.table, each.name): each for each in kept}
            self.grants = {
                (principal, resource(target, self.account)): Held(set(permissions), set(grantable), updated)
                for principal, target, permissions, grantable, updated in saved["grants"]
            }
            self.table_defaults = saved["table_defaults"]
            self._known = {tuple(key): created for key, created in saved["known"]}
            self.revision += 1

    def _give_defaults(self, key: Key) -> None:
        target: Resource
        if len(key) == 1:
            target, defaults = DatabaseResource(database=key[0]), self.settings["CreateDatabaseDefaultPermissions"]
        else:
            target = TableResource(database=key[0], table=key[1])
            defaults = self.table_defaults.get(key[0], self.settings["CreateTableDefaultPermissions"])
        for default in defaults:
            if default.get("Permissions"):
                self.add(default["Principal"]["DataLakePrincipalIdentifier"], target, default["Permissions"])

    def _as_value(self, *, grantable: bool) -> State:
        tags = {key: tuple(Tag(key=name, value=value) for name, value in carried.items()) for key, carried in self.assigned.items()}
        held = [
            Grant(
                principal=principal,
                resource=target,
                permissions=tuple(sorted(held.grantable if grantable else held.permissions)),
                grantable=tuple(sorted(held.grantable)),
            )
            for (principal, target), held in self.grants.items()
        ]
        return State(
            database_tags={key[0]: carried for key, carried in tags.items() if len(key) == 1},
            table_tags={(key[0], key[1]): carried for key, carried in tags.items() if len(key) == 2},
            column_tags={(key[0], key[1], key[2]): carried for key, carried in tags.items() if len(key) == 3},
            filters=tuple(self.filters.values()),
            grants=tuple(grant for grant in held if grant.permissions),
            admins=tuple(sorted(self.admins)),
        )


def _identifiers(principals: Iterable[Mapping[str, str]]) -> Iterator[str]:
    return (principal["DataLakePrincipalIdentifier"] for principal in principals)


def _key(target: Resource) -> Key:
    match target:
        case DatabaseResource():
            return (target.database,)
        case TableResource() if target.table == ALL_TABLES:
            # It goes with its database alone.
            return (target.database,)
        case TableResource() | ColumnsResource() | FilterResource():
            return (target.database, target.table)
    return ()
