"""What can be done to who sees what, each thing as a value."""

from medallion.manifest.access.permissions import Filter, Grant, Tag
from medallion.manifest.frozen import Frozen


class PutTags(Frozen):
    """Some tags are put on a table or on some of its columns; one that is there with another value changes.

    Attributes:
        database: The table's database.
        table: The table.
        columns: The columns; none means the table itself.
        tags: The tags.
    """

    database: str
    table: str
    columns: tuple[str, ...] = ()
    tags: tuple[Tag, ...]


class TakeTags(Frozen):
    """Some tags are taken off a table or off some of its columns, which have again what they inherit.

    Attributes:
        database: The table's database.
        table: The table.
        columns: The columns; none means the table itself.
        tags: The tags with the values that they have.
    """

    database: str
    table: str
    columns: tuple[str, ...] = ()
    tags: tuple[Tag, ...]


class MakeFilter(Frozen):
    """A row filter is made."""

    filter: Filter


class DropFilter(Frozen):
    """A row filter is dropped; nothing is granted on it any more."""

    filter: Filter


class Permit(Frozen):
    """Something is granted."""

    grant: Grant


class Revoke(Frozen):
    """A grant is taken back."""

    grant: Grant


Action = PutTags | TakeTags | MakeFilter | DropFilter | Permit | Revoke

__all__ = ["Action", "DropFilter", "MakeFilter", "Permit", "PutTags", "Revoke", "TakeTags"]
