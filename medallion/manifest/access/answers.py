"""What the APIs of Lake Formation and of the catalog answer, as values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from medallion.manifest.access.permissions import (
    ALL_TABLES,
    CatalogResource,
    ColumnsResource,
    Condition,
    DatabaseResource,
    Filter,
    FilterResource,
    Grant,
    LocationResource,
    Resource,
    Table,
    TableResource,
    Tag,
    TagPolicyResource,
    TagResource,
)

type Json = Mapping[str, Any]


def items_of(ask: Callable[[Mapping[str, str]], Json], key: str) -> Iterator[Json]:
    """The items of all pages of an answer; botocore has no paginator for Lake Formation's lists.

    Args:
        ask: Gives a page, by the arguments that tell which one.
        key: Of the items in a page.
    """
    token: dict[str, str] = {}
    while True:
        answer = ask(token)
        yield from answer.get(key, ())
        # A page may be empty and still have a next one.
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def current_columns(answer: Json) -> tuple[str, ...]:
    """The names of a table's columns, partition keys last: those that an Iceberg table once had stay in the catalog, marked."""
    columns = (*answer.get("StorageDescriptor", {}).get("Columns", ()), *answer.get("PartitionKeys", ()))
    return tuple(str(column["Name"]) for column in columns if column.get("Parameters", {}).get("iceberg.field.current") != "false")


def table_of(answer: Json, database: str) -> Table:
    """A table of `GetTables`, which was asked about one database."""
    return Table(database=database, name=answer["Name"], columns=current_columns(answer))


def resource_of(answer: Json) -> Resource | None:
    """What a grant is on; None for a kind of resource that no evaluator here knows, such as a tag expression with a name."""
    match answer:
        case {"Catalog": _}:
            return CatalogResource()
        case {"Database": fields}:
            return DatabaseResource(database=fields["Name"])
        case {"Table": fields}:
            return TableResource(database=fields["DatabaseName"], table=_table(fields))
        case {"TableWithColumns": fields}:
            return _columns(fields)
        case {"DataCellsFilter": fields}:
            return FilterResource(database=fields["DatabaseName"], table=fields["TableName"], name=fields["Name"])
        case {"LFTagPolicy": {"ResourceType": ("DATABASE" | "TABLE") as kind, "Expression": [*conditions]}}:
            expression = tuple(Condition(key=each["TagKey"], values=tuple(each["TagValues"])) for each in conditions)
            return TagPolicyResource(kind=kind, expression=expression)
        case {"LFTag": fields}:
            return TagResource(key=fields["TagKey"], values=tuple(fields["TagValues"]))
        case {"DataLocation": fields}:
            return LocationResource(location=fields["ResourceArn"])
    return None


def grant_of(answer: Json) -> Grant | None:
    """A grant of `ListPermissions`; None for one on a kind of resource that no evaluator here knows."""
    resource = resource_of(answer["Resource"])
    if resource is None:
        return None
    return Grant(
        principal=answer["Principal"]["DataLakePrincipalIdentifier"],
        resource=resource,
        permissions=tuple(sorted(answer["Permissions"])),
        grantable=tuple(sorted(answer.get("PermissionsWithGrantOption", ()))),
    )


def filter_of(answer: Json) -> Filter:
    """A data cells filter of `ListDataCellsFilter`."""
    wildcard = answer.get("ColumnWildcard")
    return Filter(
        database=answer["DatabaseName"],
        table=answer["TableName"],
        name=answer["Name"],
        columns=None if wildcard is not None else tuple(answer.get("ColumnNames", ())),
        excluded_columns=tuple((wildcard or {}).get("ExcludedColumnNames", ())),
        rows=answer.get("RowFilter", {}).get("FilterExpression"),
    )


def tags_of(answer: Iterable[Json]) -> tuple[Tag, ...]:
    """The tags of a resource in `GetResourceLFTags`, which has one value of each."""
    return tuple(Tag(key=pair["TagKey"], value=pair["TagValues"][0]) for pair in answer)


def _table(fields: Json) -> str:
    return ALL_TABLES if "TableWildcard" in fields else str(fields["Name"])


def _columns(fields: Json) -> Resource:
    database, table = fields["DatabaseName"], fields["Name"]
    if "ColumnWildcard" in fields:
        excluded = tuple(fields["ColumnWildcard"].get("ExcludedColumnNames", ()))
        # Lake Formation answers SELECT on a table as on all of its columns.
        return (
            ColumnsResource(database=database, table=table, columns=excluded, excluded=True)
            if excluded
            else TableResource(database=database, table=table)
        )
    return ColumnsResource(database=database, table=table, columns=tuple(fields["ColumnNames"]))


__all__ = ["current_columns", "filter_of", "grant_of", "items_of", "resource_of", "table_of", "tags_of"]
