"""Permissions: given, taken and listed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.service import Context, Json, ServiceError
from local.services.lakeformation.authority import Authority
from local.services.lakeformation.catalog import Catalog
from local.services.lakeformation.lake import DataLake, Held
from local.services.lakeformation.pages import page
from local.services.lakeformation.refusals import invalid, missing
from local.services.lakeformation.wire import permissions_of, required, resource, wire_of
from medallion.manifest.access.evaluate import EVERYTHING
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    IAM_ALLOWED_PRINCIPALS,
    CatalogResource,
    ColumnsResource,
    DatabaseResource,
    FilterResource,
    LocationResource,
    Resource,
    TableResource,
    TagPolicyResource,
    TagResource,
)

ENTRIES_PER_BATCH = 20


class Grants:
    """The operations about permissions."""

    def __init__(self, lake: DataLake, catalog: Catalog, authority: Authority, principal: Callable[[str], str]) -> None:
        self._lake = lake
        self._catalog = catalog
        self._authority = authority
        self._principal = principal

    def grant(self, request: Json, context: Context) -> Json:
        """GrantPermissions."""
        principal, target, permissions, grantable = self._asked(request)
        if not permissions or not grantable <= permissions:
            raise invalid("Permissions are missing, or PermissionsWithGrantOption has one that Permissions has not")
        if principal == IAM_ALLOWED_PRINCIPALS and grantable:
            raise invalid(f"{IAM_ALLOWED_PRINCIPALS} can't have a grant option")
        self._check_known(target)
        self._authority.check_grant(self._principal(context.principal), target, permissions)
        with self._lake.changing(target):
            self._lake.add(principal, target, permissions, grantable)
        return {}

    def revoke(self, request: Json, context: Context) -> Json:
        """RevokePermissions."""
        principal, target, permissions, grantable = self._asked(request)
        self._authority.check_grant(self._principal(context.principal), target, permissions | grantable)
        with self._lake.changing(target):
            held = self._lake.grants.get((principal, target), Held())
            if not permissions <= held.permissions or not grantable <= held.grantable:
                raise invalid("No permissions revoked. Grantee does not have:" + _listed((permissions - held.permissions) | grantable))
            held.permissions -= permissions
            held.grantable -= permissions | grantable
            if not held.permissions:
                del self._lake.grants[principal, target]
        return {}

    def grant_many(self, request: Json, context: Context) -> Json:
        """BatchGrantPermissions."""
        return self._batch(request, context, self.grant)

    def revoke_many(self, request: Json, context: Context) -> Json:
        """BatchRevokePermissions."""
        return self._batch(request, context, self.revoke)

    def list_all(self, request: Json, context: Context) -> Json:
        """ListPermissions: everybody sees what they hold, and of others' permissions on a resource those that they have there themselves."""
        caller = self._principal(context.principal)
        wanted = (request.get("Principal") or {}).get("DataLakePrincipalIdentifier")
        target = resource(request["Resource"], self._lake.account) if request.get("Resource") else None
        kind = request.get("ResourceType")
        chosen = (
            (principal, known, held)
            for (principal, known), held in list(self._lake.grants.items())
            if (wanted is None or principal == wanted)
            and (target is None or known == target or _covers(target, known))
            and (kind is None or _is_of(known, str(kind)))
        )
        shown, token = page(request, self._seen(caller, chosen))
        return {"PrincipalResourcePermissions": list(shown), **token}

    def of_path(self, request: Json, context: Context) -> Json:
        """GetEffectivePermissionsForPath: the permissions on databases and tables whose data is there."""
        caller = self._principal(context.principal)
        path = required(request, "ResourceArn").removeprefix("arn:aws:s3:::").rstrip("/") + "/"
        chosen = (
            (principal, known, held)
            for (principal, known), held in list(self._lake.grants.items())
            if f"{self._place(known)}/".startswith(path)
        )
        shown, token = page(request, self._seen(caller, chosen))
        return {"Permissions": list(shown), **token}

    def _seen(self, caller: str, grants: Iterable[tuple[str, Resource, Held]]) -> list[Json]:
        shown = []
        for principal, target, held in grants:
            seen = held if principal == caller else self._as_seen(caller, target, held)
            if seen.permissions:
                shown.append(self._wire(principal, target, seen))
        return shown

    def _as_seen(self, caller: str, target: Resource, held: Held) -> Held:
        own = self._authority.permissions_on(caller, target)
        if permissions_of(target) - EVERYTHING <= own:
            return held
        return Held(held.permissions & own, held.grantable & own, held.updated)

    def _place(self, target: Resource) -> str:
        match target:
            case DatabaseResource():
                location = self._catalog.location(target.database)
            case TableResource() | ColumnsResource() | FilterResource():
                location = self._catalog.location(target.database, None if target.table == ALL_TABLES else target.table)
            case LocationResource():
                location = target.location.removeprefix("arn:aws:s3:::")
            case _:
                location = ""
        return location.partition("://")[2].rstrip("/") if "://" in location else location.rstrip("/")

    def _asked(self, request: Json) -> tuple[str, Resource, set[str], set[str]]:
        principal = required(request.get("Principal") or {}, "DataLakePrincipalIdentifier")
        if principal != IAM_ALLOWED_PRINCIPALS and not principal.startswith("arn:") and not principal.endswith(":IAMPrincipals"):
            raise invalid("Invalid principal")
        if request.get("Condition"):
            raise invalid("the laptop's Lake Formation has no conditions of grants")
        target = resource(request.get("Resource") or {}, self._lake.account)
        permissions = set(request.get("Permissions") or ())
        grantable = set(request.get("PermissionsWithGrantOption") or ())
        if unknown := (permissions | grantable) - permissions_of(target):
            raise invalid(f"Permissions modification is invalid: {_listed(unknown)} can't be granted on this resource")
        return principal, target, permissions, grantable

    def _check_known(self, target: Resource) -> None:
        """Checks that a resource is there; a location need not be registered."""
        match target:
            case DatabaseResource():
                self._catalog.database(target.database)
            case TableResource() if target.table == ALL_TABLES:
                self._catalog.database(target.database)
            case TableResource():
                self._catalog.table(target.database, target.table)
            case ColumnsResource():
                known = self._catalog.table(target.database, target.table).columns
                if absent := sorted(set(target.columns) - set(known)):
                    raise missing(f"Column not found: {absent[0]}")
            case FilterResource():
                if (target.database, target.table, target.name) not in self._lake.filters:
                    raise missing(f"Data cells filter not found: {target.name}")
            case TagResource():
                self._check_values(target.key, target.values)
            case TagPolicyResource():
                for condition in target.expression:
                    self._check_values(condition.key, condition.values)
            case CatalogResource() | LocationResource():
                pass

    def _check_values(self, key: str, values: Iterable[str]) -> None:
        if key not in self._lake.tags:
            raise missing(f"Tag key not found: {key}")
        if absent := sorted(set(values) - set(self._lake.tags[key]) - {"*"}):
            raise missing(f"Tag value not found: {absent[0]}")

    def _batch(self, request: Json, context: Context, each: Callable[[Json, Context], Json]) -> Json:
        entries: list[Json] = list(request.get("Entries") or ())
        if not 0 < len(entries) <= ENTRIES_PER_BATCH:
            raise invalid(f"Entries has 1 to {ENTRIES_PER_BATCH} entries")
        failures = []
        for entry in entries:
            try:
                each(entry, context)
            except ServiceError as error:
                failures.append({"RequestEntry": entry, "Error": {"ErrorCode": error.code, "ErrorMessage": error.message}})
        return {"Failures": failures} if failures else {}

    def _wire(self, principal: str, target: Resource, held: Held) -> Json:
        return {
            "Principal": {"DataLakePrincipalIdentifier": principal},
            "Resource": wire_of(target, self._lake.account),
            "Permissions": sorted(held.permissions),
            "PermissionsWithGrantOption": sorted(held.grantable),
            "LastUpdated": held.updated,
        }


def _covers(asked: Resource, known: Resource) -> bool:
    """Whether a table is asked for, and this is some of it."""
    if not isinstance(asked, TableResource) or not isinstance(known, ColumnsResource | FilterResource | TableResource):
        return False
    return asked.database == known.database and asked.table in {known.table, ALL_TABLES}


_KINDS: Mapping[str, tuple[type[Any], ...]] = {
    "CATALOG": (CatalogResource,),
    "DATABASE": (DatabaseResource,),
    "TABLE": (TableResource, ColumnsResource, FilterResource),
    "DATA_LOCATION": (LocationResource,),
    "LF_TAG": (TagResource,),
    "LF_TAG_POLICY": (TagPolicyResource,),
    "LF_TAG_POLICY_DATABASE": (TagPolicyResource,),
    "LF_TAG_POLICY_TABLE": (TagPolicyResource,),
}


def _is_of(target: Resource, kind: str) -> bool:
    of_kind = isinstance(target, _KINDS.get(kind, ()))
    return of_kind and not (
        isinstance(target, TagPolicyResource) and kind.endswith(("DATABASE", "TABLE")) and not kind.endswith(target.kind)
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
