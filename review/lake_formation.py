"""What a template grants by Lake Formation: grants, administrators, and the tags that grants are made by."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from review.reference import as_list, plain
from review.rule import Grant

PREFIX = "AWS::LakeFormation::"


def grants_of(kind: str, properties: dict[str, Any]) -> Iterator[tuple[str, Grant]]:
    """What a resource of Lake Formation says about access, each with its holder; nothing for a resource that says nothing."""
    match kind.removeprefix(PREFIX):
        case "PrincipalPermissions":
            holder = f"grants of Lake Formation to {plain(properties['Principal']['DataLakePrincipalIdentifier'])}"
            grantable = properties.get("PermissionsWithGrantOption", ())
            for resource in _resources(properties["Resource"]):
                for permission in properties["Permissions"]:
                    yield holder, Grant("allow", "", permission, resource, ())
                for permission in grantable:
                    yield holder, Grant("allow", "", f"grant {permission}", resource, ())
        case "DataLakeSettings":
            for admin in properties.get("Admins", ()):
                yield (
                    "administrators of the data lake",
                    Grant("allow", plain(admin["DataLakePrincipalIdentifier"]), "grant everything", "", ()),
                )
        case "TagAssociation":
            holder = f"LF-tags of {_tagged(properties['Resource'])}"
            for tag in properties["LFTags"]:
                for value in tag["TagValues"]:
                    yield holder, Grant("allow", "", f"be granted by {plain(tag['TagKey'])} = {plain(value)}", "", ())
        case "DataCellsFilter":
            place = f"{plain(properties['DatabaseName'])}.{plain(properties['TableName'])}"
            holder = f"data cells filter {plain(properties['Name'])} of {place}"
            yield holder, Grant("allow", "", f"show {_cells(properties)}", "", ())
        case _:
            return


def _resources(resource: dict[str, Any]) -> Iterator[str]:
    """What is granted, in words; of tags each combination of values, so that one more value is one more grant."""
    ((kind, fields),) = resource.items()
    match kind:
        case "LFTagPolicy":
            what = "databases" if fields["ResourceType"] == "DATABASE" else "tables and columns"
            conditions = [[f"{plain(tag['TagKey'])} = {plain(value)}" for value in tag["TagValues"]] for tag in fields["Expression"]]
            yield from (f"{what} with {' and '.join(values)}" for values in product(*conditions))
        case "LFTag":
            yield from (f"the LF-tag {plain(fields['TagKey'])} = {plain(value)}" for value in fields["TagValues"])
        case "TableWithColumns" if "ColumnNames" in fields:
            yield from (f"{_table(fields)}: {plain(column)}" for column in fields["ColumnNames"])
        case _:
            yield _named(kind, fields)


def _named(kind: str, fields: dict[str, Any]) -> str:
    match kind:
        case "Database":
            return f"the database {plain(fields['Name'])}"
        case "Table":
            return _table(fields)
        case "TableWithColumns":
            return f"{_table(fields)}: {_all_but(fields.get('ColumnWildcard'))}"
        case "DataCellsFilter":
            return f"the data cells filter {plain(fields['Name'])} of {plain(fields['DatabaseName'])}.{plain(fields['TableName'])}"
        case "DataLocation":
            return f"the location {plain(fields['ResourceArn'])}"
        case _:
            return f"{kind} {plain(fields)}"


def _table(fields: dict[str, Any]) -> str:
    return f"{plain(fields['DatabaseName'])}.{plain(fields['Name']) if 'Name' in fields else '*'}"


def _tagged(resource: dict[str, Any]) -> str:
    ((kind, fields),) = resource.items()
    if kind == "Database":
        return plain(fields["Name"])
    names = ", ".join(plain(name) for name in as_list(fields.get("ColumnNames", [])))
    return _table(fields) + (f": {names}" if names else "")


def _cells(properties: dict[str, Any]) -> str:
    rows = properties.get("RowFilter", {}).get("FilterExpression")
    columns = properties.get("ColumnNames")
    which = ", ".join(map(plain, columns)) if columns else _all_but(properties.get("ColumnWildcard"))
    return f"{which}{f' where {plain(rows)}' if rows else ''}"


def _all_but(wildcard: dict[str, Any] | None) -> str:
    excluded = (wildcard or {}).get("ExcludedColumnNames", ())
    return "all columns" + (f" but {', '.join(map(plain, excluded))}" if excluded else "")


__all__ = ["PREFIX", "grants_of"]
