"""What a source's catalog says of its tables, as values; who looks is elsewhere."""

from typing import Literal

from medallion.manifest.frozen import Frozen

Kind = Literal["table", "partitioned table", "foreign table", "view", "materialized view"]
VIEWS: tuple[Kind, ...] = ("view", "materialized view")


class ObservedColumn(Frozen):
    """A column as it is.

    Attributes:
        name: Exactly as the source has it.
        type: As the source writes it, such as `numeric(10,2)` or `shop.mood`; a domain is shown as what it is made of.
        family: What kind of type its values are of: Postgres's own, a list of words, or another that only text can hold; an array's items
            may also be of a domain.
        dimensions: How deep an array it was declared to be; 0 for no array.
        labels: The words of an enumerated type.
        required: Whether the source refuses null.
        readable: Whether the login may read it.
        comment: The source's.
    """

    name: str
    type: str
    family: Literal["base", "enum", "domain", "other"] = "base"
    dimensions: int = 0
    labels: tuple[str, ...] = ()
    required: bool = False
    readable: bool = True
    comment: str = ""


class ObservedReference(Frozen):
    """A foreign key that holds for all rows.

    Attributes:
        name: The constraint's.
        columns: This table's.
        schema_name: Where the other table is.
        table: The other table.
        to: The other table's columns.
    """

    name: str
    columns: tuple[str, ...]
    schema_name: str
    table: str
    to: tuple[str, ...]


class ObservedCheck(Frozen):
    """A check that holds for all rows: its name, and its condition as the source writes it."""

    name: str
    condition: str


class ObservedTable(Frozen):
    """A table as it is.

    Attributes:
        schema_name: Where it is.
        name: Exactly as the source has it.
        object: Its name without what the environment puts before it; None where the environment's prefix does not lead to it.
        kind: What it is.
        readable: Whether the login may read it.
        columns: In the table's order.
        key: The primary key, or else a unique index over columns that are never null.
        key_origin: What demands the key, for people; empty where there is none.
        unique: Other columns whose values the source holds unique, each by itself.
        checks: Of its rows.
        references: To other tables.
        indexed: The columns with which an index begins.
        row_security: Whether policies hide rows from the login.
        comment: The source's.
    """

    schema_name: str
    name: str
    object: str | None
    kind: Kind = "table"
    readable: bool = True
    columns: tuple[ObservedColumn, ...] = ()
    key: tuple[str, ...] = ()
    key_origin: str = ""
    unique: tuple[str, ...] = ()
    checks: tuple[ObservedCheck, ...] = ()
    references: tuple[ObservedReference, ...] = ()
    indexed: tuple[str, ...] = ()
    row_security: bool = False
    comment: str = ""

    @property
    def full_name(self) -> str:
        """Schema and name, for people."""
        return f"{self.schema_name}.{self.name}"


__all__ = ["VIEWS", "Kind", "ObservedCheck", "ObservedColumn", "ObservedReference", "ObservedTable"]
