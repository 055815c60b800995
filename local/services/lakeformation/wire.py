"""Resources of Lake Formation as its API and CloudFormation's types write them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.service import Json
from local.services.lakeformation.refusals import invalid
from medallion.manifest.access.permissions import (
    ALL_TABLES,
    CatalogResource,
    ColumnsResource,
    Condition,
    DatabaseResource,
    FilterResource,
    LocationResource,
    Resource,
    TableResource,
    TagPolicyResource,
    TagResource,
)

_DATABASE = frozenset({"ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"})
_TABLE = frozenset({"ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"})
_OF_TAGS = frozenset({"ALTER", "ASSOCIATE", "DESCRIBE", "DROP", "GRANT_WITH_LF_TAG_EXPRESSION"})


def resource(wire: Mapping[str, Any], account: str) -> Resource:
    """A resource of a request.

    Raises:
        ServiceError: It is none, or of another account, or of a kind that the laptop does not have.
    """
    parts = {kind: value for kind, value in wire.items() if value is not None}
    if len(parts) != 1:
        raise invalid("Exactly one resource must be specified")
    [(kind, value)] = parts.items()
    for field in ("CatalogId", "TableCatalogId", "Id"):
        if value.get(field) not in (None, "", account):
            raise invalid(f"the laptop is account {account} and has no catalog {value[field]}")
    if kind not in _READERS or value.get("ExpressionName"):
        raise invalid(f"the laptop's Lake Formation has no resources of the kind {kind}")
    return _READERS[kind](value)


def wire_of(target: Resource, account: str) -> Json:
    """The same as an answer says it."""
    catalog = {"CatalogId": account}
    match target:
        case CatalogResource():
            return {"Catalog": {}}
        case DatabaseResource():
            return {"Database": {**catalog, "Name": target.database}}
        case TableResource(table="*"):
            return {"Table": {**catalog, "DatabaseName": target.database, "TableWildcard": {}}}
        case TableResource():
            return {"Table": {**catalog, "DatabaseName": target.database, "Name": target.table}}
        case ColumnsResource():
            excluded = {"ColumnWildcard": {"ExcludedColumnNames": list(target.columns)} if target.columns else {}}
            columns = excluded if target.excluded else {"ColumnNames": list(target.columns)}
            return {"TableWithColumns": {**catalog, "DatabaseName": target.database, "Name": target.table, **columns}}
        case FilterResource():
            named = {"DatabaseName": target.database, "TableName": target.table, "Name": target.name}
            return {"DataCellsFilter": {"TableCatalogId": account, **named}}
        case LocationResource():
            return {"DataLocation": {**catalog, "ResourceArn": target.location}}
        case TagResource():
            return {"LFTag": {**catalog, "TagKey": target.key, "TagValues": list(target.values)}}
        case TagPolicyResource():
            expression = [{"TagKey": condition.key, "TagValues": list(condition.values)} for condition in target.expression]
            return {"LFTagPolicy": {**catalog, "ResourceType": target.kind, "Expression": expression}}


def permissions_of(target: Resource) -> frozenset[str]:
    """The permissions that can be granted on a resource."""
    match target:
        case CatalogResource():
            return frozenset({"ALL", "CREATE_DATABASE", "CREATE_LF_TAG", "DESCRIBE"})
        case DatabaseResource() | TagPolicyResource(kind="DATABASE"):
            return _DATABASE
        case TableResource() | TagPolicyResource(kind="TABLE"):
            return _TABLE
        case ColumnsResource() | FilterResource():
            return frozenset({"SELECT"})
        case LocationResource():
            return frozenset({"DATA_LOCATION_ACCESS"})
        case TagResource():
            return _OF_TAGS
    raise AssertionError(target)


def named(target: Resource) -> str:
    """What an error calls a resource."""
    match target:
        case CatalogResource():
            return "Catalog"
        case DatabaseResource():
            return target.database
        case TableResource() | ColumnsResource() | FilterResource():
            return target.table
        case LocationResource():
            return target.location
        case TagResource():
            return target.key
        case TagPolicyResource():
            return " and ".join(condition.key for condition in target.expression)


def expression_of(wire: Iterable[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """The conditions of a tag expression, sorted: their order means nothing."""
    return tuple(sorted((_condition(part) for part in wire), key=lambda condition: condition.key))


def required(value: Mapping[str, Any], field: str) -> str:
    """A field that has to be there.

    Raises:
        ServiceError: It is not.
    """
    if not value.get(field):
        raise invalid(f"{field} is missing")
    return str(value[field])


def _condition(part: Mapping[str, Any]) -> Condition:
    return Condition(key=required(part, "TagKey").lower(), values=_tag_values(part))


def _policy(value: Mapping[str, Any]) -> TagPolicyResource:
    kind, expression = value.get("ResourceType"), expression_of(value.get("Expression") or ())
    if kind not in {"DATABASE", "TABLE"} or not expression:
        raise invalid("An LFTagPolicy has a ResourceType, DATABASE or TABLE, and an Expression")
    return TagPolicyResource(kind=kind, expression=expression)


def _columns(value: Mapping[str, Any]) -> ColumnsResource:
    names, wildcard = value.get("ColumnNames"), value.get("ColumnWildcard")
    if bool(names) == (wildcard is not None):
        raise invalid("TableWithColumns has either ColumnNames or a ColumnWildcard")
    excluded = wildcard is not None
    listed = (wildcard.get("ExcludedColumnNames") or ()) if wildcard is not None else names
    columns = tuple(sorted({str(name) for name in listed or ()}))
    return ColumnsResource(database=required(value, "DatabaseName"), table=required(value, "Name"), columns=columns, excluded=excluded)


def _tag_values(value: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(text.lower() for text in _texts(value, "TagValues")))


def _texts(value: Mapping[str, Any], field: str) -> tuple[str, ...]:
    if not value.get(field):
        raise invalid(f"{field} is missing")
    return tuple(str(text) for text in value[field])


def _table(value: Mapping[str, Any]) -> TableResource:
    if ("TableWildcard" in value) == bool(value.get("Name")):
        raise invalid("A table has either a Name or a TableWildcard")
    return TableResource(database=required(value, "DatabaseName"), table=value.get("Name") or ALL_TABLES)


def _cells(value: Mapping[str, Any]) -> FilterResource:
    return FilterResource(database=required(value, "DatabaseName"), table=required(value, "TableName"), name=required(value, "Name"))


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Resource]] = {
    "Catalog": lambda value: CatalogResource(),
    "Database": lambda value: DatabaseResource(database=required(value, "Name")),
    "Table": _table,
    "TableWithColumns": _columns,
    "DataCellsFilter": _cells,
    "DataLocation": lambda value: LocationResource(location=required(value, "ResourceArn")),
    "LFTag": lambda value: TagResource(key=required(value, "TagKey").lower(), values=_tag_values(value)),
    "LFTagPolicy": _policy,
}
