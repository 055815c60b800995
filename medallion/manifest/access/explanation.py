"""Why a persona sees a column, or does not: its class and where that comes from, its tags, and each grant of the persona's role."""

from collections.abc import Iterator

from medallion.manifest.access.evaluate import SELECT, column_tags, table_access
from medallion.manifest.access.matrix import in_words
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    CatalogResource,
    ColumnsResource,
    Condition,
    DatabaseResource,
    FilterResource,
    Grant,
    LocationResource,
    Resource,
    State,
    TableResource,
    Tag,
    TagPolicyResource,
    TagResource,
)
from medallion.manifest.frozen import Frozen
from medallion.manifest.model import Manifest, TableContract
from medallion.manifest.names import QUARANTINE_SUFFIX, CatalogLayer, Names, without_history


class TagOrigin(Frozen):
    """A tag of a column.

    Attributes:
        key: The tag.
        value: Its value.
        origin: Whether it is the column's own, the table's or the database's.
    """

    key: str
    value: str
    origin: str


class Verdict(Frozen):
    """What a grant of SELECT does for a column.

    Attributes:
        grant: What is granted, in words.
        gives: Whether it gives the column, in some rows or all.
        because: Why it does not, or in which rows it does; empty where there is no more to say.
    """

    grant: str
    gives: bool
    because: str = ""


class Explanation(Frozen):
    """Why a persona sees a column, or does not.

    Attributes:
        persona: Who.
        place: Layer, table and column.
        answer: `yes`, `no`, or which rows.
        origin: What says the column's class.
        tags: What the column carries or inherits.
        verdicts: What each grant of SELECT does.
    """

    persona: str
    place: str
    answer: str
    origin: str
    tags: tuple[TagOrigin, ...]
    verdicts: tuple[Verdict, ...]


def explain(state: State, manifest: Manifest, names: Names, persona: str, layer: CatalogLayer, table: str, column: str) -> Explanation:
    """Explains one cell; KeyError where the state has no such table or column."""
    database, role = names.catalog_database(layer), names.role_arn(names.persona(persona))
    access = table_access(state, role, database, table).columns[column]
    tags = column_tags(state, database, table, column)
    held = [
        grant for grant in state.grants if grant.principal == role and SELECT in grant.permissions and _may_mean(grant, database, table)
    ]
    return Explanation(
        persona=persona,
        place=f"{layer}.{table}.{column}",
        answer=in_words(access),
        origin=_origin(manifest, layer, table, column),
        tags=tuple(
            TagOrigin(key=key, value=value, origin=_where(state, Tag(key=key, value=value), database, table, column))
            for key, value in sorted(tags.items())
        ),
        verdicts=tuple(_verdict(grant, state, tags, column, gives=grant in access.grants) for grant in held),
    )


def _may_mean(grant: Grant, database: str, table: str) -> bool:
    """Whether a grant is by tags, or by name on this table."""
    resource = grant.resource
    if isinstance(resource, FilterResource | ColumnsResource | TableResource):
        return resource.database == database and resource.table in {table, ALL_TABLES}
    return isinstance(resource, TagPolicyResource) and resource.kind == "TABLE"


def _origin(manifest: Manifest, layer: CatalogLayer, table: str, column: str) -> str:
    contract = _contract(manifest, layer, table)
    known = next((each for each in contract.columns if each.name.lower() == column), None) if contract is not None else None
    if contract is None:
        return "one of the lake's own tables" if layer == "ops" else "no contract names the table"
    if table.endswith(QUARANTINE_SUFFIX):
        return f"of the quarantine of {contract.contract}"
    if known is None:
        return f"a technical column, or one that {contract.contract} does not name"
    stricter = ", or a silver column that is made from it and is stricter" if layer == "bronze" else ""
    return f"{contract.contract}, classification of {known.name}{stricter}"


def _contract(manifest: Manifest, layer: CatalogLayer, table: str) -> TableContract | None:
    name = without_history(table).removesuffix(QUARANTINE_SUFFIX) if layer == "silver" else table
    return next((each for each in manifest.tables() if (each.layer, each.name) == (layer, name)), None)


def _where(state: State, tag: Tag, database: str, table: str, column: str) -> str:
    if any(own.key == tag.key for own in state.column_tags.get((database, table, column), ())):
        return "column"
    return "table" if any(own.key == tag.key for own in state.table_tags.get((database, table), ())) else "database"


def _verdict(grant: Grant, state: State, tags: dict[str, str], column: str, *, gives: bool) -> Verdict:
    rows = ""
    if isinstance(resource := grant.resource, FilterResource):
        used = [
            each for each in state.filters if (each.database, each.table, each.name) == (resource.database, resource.table, resource.name)
        ]
        rows = f"rows where {used[0].rows}" if used and used[0].rows else ""
    return Verdict(
        grant=said(grant.resource),
        gives=gives,
        because=rows if gives else "; ".join(_against(grant.resource, tags, column)),
    )


def said(resource: Resource) -> str:
    """What a grant is on, in words."""
    match resource:
        case TagPolicyResource():
            return " and ".join(f"{each.key} is {' or '.join(each.values)}" for each in resource.expression)
        case FilterResource():
            return f"the filter {resource.name} of {resource.database}.{resource.table}"
        case ColumnsResource():
            return f"{'all but ' if resource.excluded else ''}{', '.join(resource.columns)} of {resource.database}.{resource.table}"
        case TableResource():
            return f"{resource.database}.{resource.table}"
        case DatabaseResource():
            return f"the database {resource.database}"
        case TagResource():
            return f"the LF-tag {resource.key}"
        case LocationResource():
            return f"the location {resource.location}"
        case CatalogResource():
            return "the catalog"


def _against(resource: Resource, tags: dict[str, str], column: str) -> Iterator[str]:
    """Why a grant does not give a column."""
    match resource:
        case TagPolicyResource(expression=expression):
            yield from (_failing(condition, tags) for condition in expression if tags.get(condition.key) not in condition.values)
        case _:
            yield f"{column} is not among its columns"


def _failing(condition: Condition, tags: dict[str, str]) -> str:
    return f"{condition.key} is {tags[condition.key]}" if condition.key in tags else f"it has no {condition.key}"


__all__ = ["Explanation", "TagOrigin", "Verdict", "explain", "said"]
