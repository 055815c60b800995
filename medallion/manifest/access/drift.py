"""How an account differs from what contracts and personas ask for: who sees more or less, and by which grants."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from medallion.manifest.access.evaluate import column_tags, matches
from medallion.manifest.access.evaluate import database_tags as tags_of_database
from medallion.manifest.access.explanation import said
from medallion.manifest.access.granting import deployed_grants, named_grants
from medallion.manifest.access.matrix import differences, matrix, with_other_tables
from medallion.manifest.access.permissions import (
    IAM_ALLOWED_PRINCIPALS,
    Condition,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    LocationResource,
    Resource,
    State,
    TagPolicyResource,
    TagResource,
)
from medallion.manifest.access.row_filters import filters
from medallion.manifest.access.tagging import database_tags, table_tags
from medallion.manifest.environment import Environment
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Manifest
from medallion.manifest.names import CATALOG_LAYERS, DATABASES, Names

Kind = Literal["ungoverned", "opens", "rows", "closes", "by hand", "missing"]
KINDS: tuple[Kind, ...] = ("ungoverned", "opens", "rows", "by hand", "closes", "missing")


class Finding(Frozen):
    """One difference.

    Attributes:
        kind: `ungoverned` where IAM alone decides; `opens`, `closes` or `rows` where a persona sees more, less or other rows of a column;
            `by hand` for a grant that nothing here asks for; `missing` for one that is not there.
        who: A persona, or the principal of a grant.
        place: The column, or what the grant is on.
        detail: What is seen instead of what, or which permissions.
    """

    kind: Kind
    who: str
    place: str
    detail: str


class _Permission(NamedTuple):
    """One permission of a grant: what two sets of grants are compared by, however they are grouped."""

    principal: str
    resource: Resource
    permission: str


def wanted_state(environment: Environment, manifest: Manifest, held: State) -> State:
    """What contracts and personas ask for, of the tables and columns that there are."""
    names = environment.names
    catalog = {(table.database, table.name): table.columns for table in held.tables}
    tagged = table_tags(manifest, names, catalog)
    return State(
        tables=held.tables,
        database_tags=database_tags(manifest, names),
        table_tags={(table.database, table.table): table.tags for table in tagged},
        column_tags={(table.database, table.table, name): tags for table in tagged for name, tags in table.columns.items()},
        filters=tuple(each for each in _filters(manifest, names, held) if (each.database, each.table) in catalog),
        grants=(
            *deployed_grants(environment, manifest),
            *(grant for grant in named_grants(manifest, names, catalog) if _is_there(grant, catalog)),
        ),
        admins=held.admins,
    )


def access_drift(environment: Environment, manifest: Manifest, held: State) -> tuple[Finding, ...]:
    """All differences, the most worrying first.

    Args:
        environment: Whose account it is.
        manifest: What is deployed, or shall be.
        held: What the account holds.
    """
    names = environment.names
    wanted = wanted_state(environment, manifest, held)
    listed = [
        *_ungoverned(held, names),
        *_seen(environment, manifest, wanted, held),
        *_granted(wanted, held, names),
    ]
    return tuple(sorted(listed, key=lambda each: (KINDS.index(each.kind), each.place, each.who)))


def _seen(environment: Environment, manifest: Manifest, wanted: State, held: State) -> Iterator[Finding]:
    sides = [matrix(environment, manifest, with_other_tables(state, environment.names)) for state in (wanted, held)]
    for each in differences(*sides):
        # What everybody may do by IAM is told once a table, not once a column and persona.
        if each.after != "ungoverned":
            yield Finding(kind=each.kind, who=each.persona, place=each.place, detail=f"{each.after}, and {each.before} by the contracts")


def _ungoverned(held: State, names: Names) -> Iterator[Finding]:
    for grant in held.grants:
        if grant.principal == IAM_ALLOWED_PRINCIPALS and _is_ours(grant.resource, names, held):
            yield Finding(
                kind="ungoverned",
                who=grant.principal,
                place=said(grant.resource),
                detail=f"holds {', '.join(grant.permissions)}, so that IAM alone decides; revoke it",
            )


def _granted(wanted: State, held: State, names: Names) -> Iterator[Finding]:
    then, now = (set(_permissions(state.grants, names, held)) for state in (wanted, held))
    for kind, some in (("by hand", now - then), ("missing", then - now)):
        by_place: dict[tuple[str, Resource], list[str]] = {}
        for each in some:
            if kind == "missing" or not _is_expected(each, held, names):
                by_place.setdefault((each.principal, each.resource), []).append(each.permission)
        for (principal, resource), permissions in by_place.items():
            yield Finding(kind=kind, who=principal, place=said(resource), detail=", ".join(sorted(permissions)))


def _permissions(grants: Iterable[Grant], names: Names, held: State) -> Iterator[_Permission]:
    for grant in grants:
        if grant.principal != IAM_ALLOWED_PRINCIPALS and _is_ours(grant.resource, names, held):
            resource = _canonical(grant.resource)
            yield from (_Permission(grant.principal, resource, permission) for permission in grant.permissions)
            yield from (_Permission(grant.principal, resource, f"grant {permission}") for permission in grant.grantable)


def _canonical(resource: Resource) -> Resource:
    """The same whatever the order in which the API answers."""
    if isinstance(resource, TagPolicyResource):
        conditions = [Condition(key=each.key, values=tuple(sorted(each.values))) for each in resource.expression]
        return resource.model_copy(update={"expression": tuple(sorted(conditions, key=lambda each: each.key))})
    return resource.model_copy(update={"values": tuple(sorted(resource.values))}) if isinstance(resource, TagResource) else resource


def _is_expected(each: _Permission, held: State, names: Names) -> bool:
    """Whether Lake Formation itself grants it: to who makes a table or a database all of it, and to administrators."""
    makers = {names.role_arn(names.job("apply-contracts")), *held.admins}
    if isinstance(each.resource, DatabaseResource | TagResource):
        return each.principal in makers
    return each.principal in makers or each.principal.startswith(names.role_arn(f"{names.dashed}-discover-"))


def _is_ours(resource: Resource, names: Names, held: State) -> bool:
    """Whether a grant is about this lake."""
    ours = {names.catalog_database(layer) for layer in CATALOG_LAYERS}
    match resource:
        case TagPolicyResource(expression=expression):
            return any(each.key.startswith(f"{names.dashed}-") for each in expression) or _reaches(resource, held)
        case TagResource(key=key):
            return key.startswith(f"{names.dashed}-")
        case LocationResource(location=location):
            return location.rstrip("/") in {names.tables_arn(layer) for layer in DATABASES}
        case _:
            return getattr(resource, "database", None) in ours


def _reaches(policy: TagPolicyResource, held: State) -> bool:
    """Whether an expression of tags that are not the lake's matches something of the lake, on which somebody put them."""
    if any(matches(policy, tags_of_database(held, database)) for database in held.database_tags):
        return True
    columns = ((table, name) for table in held.tables if policy.kind == "TABLE" for name in table.columns)
    return any(matches(policy, column_tags(held, table.database, table.name, name)) for table, name in columns)


def _filters(manifest: Manifest, names: Names, held: State) -> Iterator[Filter]:
    catalog = {(table.database, table.name): table.columns for table in held.tables}
    for some in filters(manifest, names, catalog).values():
        yield from some


def _is_there(grant: Grant, catalog: Iterable[tuple[str, str]]) -> bool:
    resource = grant.resource
    return not isinstance(resource, FilterResource) or (resource.database, resource.table) in set(catalog)


__all__ = ["KINDS", "Finding", "access_drift", "wanted_state"]
