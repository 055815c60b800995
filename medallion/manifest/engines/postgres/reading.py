"""How a source's column comes into the lake, or why it can't."""

import re
from collections.abc import Collection

from medallion.manifest.drafting.drafts import Unreadable
from medallion.manifest.engines.postgres import types
from medallion.manifest.engines.postgres.observed import ObservedColumn
from medallion.manifest.frozen import Frozen
from medallion.manifest.names import reserved_column

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What Spark's JDBC reader makes of each of Postgres's types was tried; it ends with an error on these, or loses a part of the value.
_UNREAD = ("refcursor", "money[]", "time without time zone[]", "time with time zone[]", "time with time zone")
_PRECISION = re.compile(r"\(\d+\)")


class Reading(Frozen):
    """How a column is read.

    Attributes:
        physical: What bronze says as `physicalType`; None where it says only that the column is text.
        spark: The Spark SQL type of its values in bronze.
    """

    physical: str | None
    spark: str


def reading(column: ObservedColumn, others: Collection[str] = ()) -> Reading:
    """How a column of Postgres is read.

    Args:
        column: The column.
        others: The names of the columns of its table that are read already.

    Raises:
        Unreadable: It can't be.
    """
    if not _NAME.fullmatch(column.name):
        raise Unreadable("its name has other characters than letters, digits and underscores; give it another, or read a view that does")
    if twin := next((name for name in others if name.lower() == column.name.lower()), None):
        raise Unreadable(f"{twin} is called so too, and Spark does not tell upper from lower case; read a view that renames one")
    if owner := reserved_column(column.name):
        raise Unreadable(f"{owner} keeps its name for a column of its own; read a view that gives it another")
    if not column.readable:
        raise Unreadable("the login has no SELECT on it")
    return type_reading(column)


def losses(column: ObservedColumn) -> str:
    """What a person should know of how a readable column is read; mostly nothing."""
    if column.type == "numeric":
        return f"{column.name} is a numeric without digits: it is read as decimal(38,18), and a number of more than 20 digits before the point fails the run."
    if column.type in ("time without time zone", "time(6) without time zone"):
        return f"{column.name} is read to the millisecond."
    return ""


def type_reading(column: ObservedColumn) -> Reading:
    """How values of a column's type are read, whatever the column is called.

    Raises:
        Unreadable: They can't be.
    """
    text = column.type
    if column.dimensions > 1:
        raise Unreadable(f"{text} was declared with {column.dimensions} dimensions; the lake takes arrays of one")
    if _PRECISION.sub("", text) in _UNREAD:
        raise Unreadable(f"Spark can't read all of a {text} over JDBC; read a view that casts it to text")
    if column.family == "domain":
        raise Unreadable(f"{text} is an array of a domain; read a view that casts it to an array of what the domain is made of")
    if column.family == "base":
        try:
            found = types.spark_type(text)
        except ValueError as error:
            raise Unreadable(f"{text} does not fit a decimal of 38 digits; read a view that casts it to text") from error
        if found is not None:
            return Reading(physical=text, spark=found)
    return Reading(physical=None, spark="array<string>" if column.dimensions else "string")


__all__ = ["Reading", "Unreadable", "losses", "reading", "type_reading"]
