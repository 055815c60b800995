"""Lake Formation's model as values: tags, filters and grants, as its API and CloudFormation's types have them."""

from typing import Literal

from medallion.manifest.frozen import Frozen

# The group that every IAM principal is in. Where it holds a grant, IAM alone decides, and Lake Formation governs nothing.
IAM_ALLOWED_PRINCIPALS = "IAM_ALLOWED_PRINCIPALS"
ALL_TABLES = "*"


class Tag(Frozen):
    """An LF-tag with the one value that a database, a table or a column has of it."""

    key: str
    value: str


class Condition(Frozen):
    """A part of a tag expression: the tag has one of these values."""

    key: str
    values: tuple[str, ...]


class CatalogResource(Frozen):
    """The Data Catalog itself: who may create databases and tags."""


class DatabaseResource(Frozen):
    """One database."""

    database: str


class TableResource(Frozen):
    """One table; `*` means every table of the database, those to come included (TableWildcard)."""

    database: str
    table: str


class ColumnsResource(Frozen):
    """Some columns of a table (TableWithColumns).

    Attributes:
        database: The table's database.
        table: The table.
        columns: The columns that are meant, or those that are not.
        excluded: Whether all columns but these are meant, those to come included (ColumnWildcard).
    """

    database: str
    table: str
    columns: tuple[str, ...] = ()
    excluded: bool = False


class FilterResource(Frozen):
    """A data cells filter: some columns of some rows of a table."""

    database: str
    table: str
    name: str


class TagPolicyResource(Frozen):
    """Whatever carries tags that match all conditions (LFTagPolicy).

    Attributes:
        kind: Databases; or tables, whose columns are then matched one by one.
        expression: The conditions.
    """

    kind: Literal["DATABASE", "TABLE"]
    expression: tuple[Condition, ...]


class TagResource(Frozen):
    """A tag and some of its values: who may see it, assign it and grant by it (LFTag)."""

    key: str
    values: tuple[str, ...]


class LocationResource(Frozen):
    """A registered S3 location, such as `arn:aws:s3:::bucket/tables`."""

    location: str


Resource = (
    CatalogResource
    | DatabaseResource
    | TableResource
    | ColumnsResource
    | FilterResource
    | TagPolicyResource
    | TagResource
    | LocationResource
)


class Grant(Frozen):
    """Permissions of one principal on one resource.

    Attributes:
        principal: A role's ARN, `IAM_ALLOWED_PRINCIPALS`, or `ACCOUNT:IAMPrincipals` for everybody in an account.
        resource: On what.
        permissions: As the API calls them, such as `SELECT`; `ALL` and `SUPER` include every other.
        grantable: Those that the principal may grant to others.
    """

    principal: str
    resource: Resource
    permissions: tuple[str, ...]
    grantable: tuple[str, ...] = ()


class Filter(Frozen):
    """A data cells filter.

    Attributes:
        database: The table's database.
        table: The table.
        name: Unique for the table.
        columns: The columns that it includes; None for all but the excluded ones.
        excluded_columns: With no `columns`: those that it leaves out.
        rows: Which rows, as an expression; None for all.
    """

    database: str
    table: str
    name: str
    columns: tuple[str, ...] | None = None
    excluded_columns: tuple[str, ...] = ()
    rows: str | None = None


class Table(Frozen):
    """A table as the catalog has it."""

    database: str
    name: str
    columns: tuple[str, ...]


class State(Frozen):
    """What the catalog and Lake Formation hold.

    Attributes:
        tables: The catalog's.
        database_tags: The tags of each database.
        table_tags: Those of each table, by database and table, without what it inherits.
        column_tags: Those of each column, by database, table and column, without what it inherits.
        filters: The data cells filters.
        grants: In any order.
        admins: The ARNs of the data lake administrators.
    """

    tables: tuple[Table, ...] = ()
    database_tags: dict[str, tuple[Tag, ...]] = {}
    table_tags: dict[tuple[str, str], tuple[Tag, ...]] = {}
    column_tags: dict[tuple[str, str, str], tuple[Tag, ...]] = {}
    filters: tuple[Filter, ...] = ()
    grants: tuple[Grant, ...] = ()
    admins: tuple[str, ...] = ()


__all__ = [
    "ALL_TABLES",
    "IAM_ALLOWED_PRINCIPALS",
    "CatalogResource",
    "ColumnsResource",
    "Condition",
    "DatabaseResource",
    "Filter",
    "FilterResource",
    "Grant",
    "LocationResource",
    "Resource",
    "State",
    "Table",
    "TableResource",
    "Tag",
    "TagPolicyResource",
    "TagResource",
]
