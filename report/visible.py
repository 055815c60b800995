"""What of a table everybody may see: a page is passed on, so only public and internal columns are ever on it."""

import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple

from medallion.manifest.compiler.lineage import lineage
from medallion.manifest.lineage import Place
from medallion.manifest.model import BronzeTable, Column, Manifest, SilverTable

OPEN = frozenset({"public", "internal"})
LONGEST = 48


class Cell(NamedTuple):
    """A value of an example.

    Attributes:
        column: The bronze column.
        text: The value; None where it is hidden.
        null: Whether there is no value; not told of a hidden one.
    """

    column: str
    text: str | None
    null: bool = False


def is_open(column: Column) -> bool:
    """Whether everybody may see a column's values."""
    return column.classification in OPEN


def open_columns(manifest: Manifest, table: SilverTable) -> frozenset[str]:
    """The bronze columns whose raw values may be shown where a row of a silver table was refused."""
    bronze = bronze_of(manifest, table)
    return open_bronze_columns(manifest, bronze) if bronze is not None else frozenset()


def open_bronze_columns(manifest: Manifest, bronze: BronzeTable) -> frozenset[str]:
    """The columns of a bronze table that everybody may see.

    A column is open if its own contract says so and no silver column that is made from it is closed: the stricter word counts.
    """
    closed = {
        Place(f"silver.{made.name}", column.name)
        for made in manifest.tables("silver")
        if isinstance(made, SilverTable)
        for column in made.columns
        if not is_open(column)
    }
    known = lineage(manifest)
    return frozenset(
        column.name
        for column in bronze.columns
        if is_open(column) and not closed.intersection(known.made_from(Place(f"bronze.{bronze.name}", column.name)))
    )


def bronze_of(manifest: Manifest, table: SilverTable) -> BronzeTable | None:
    """The input of a silver table; None where another release took it away."""
    return next((one for one in manifest.tables("bronze") if isinstance(one, BronzeTable) and one.name == table.input), None)


def cells(row: str, columns: Collection[str]) -> tuple[Cell, ...]:
    """The values of a raw row, those of other columns than the given ones hidden.

    What can't be read as a row is not shown at all, and neither is a value with parts, as their classes are not known.
    """
    try:
        found: Any = json.loads(row, parse_float=str)
    except ValueError:
        return ()
    if not isinstance(found, dict):
        return ()
    return tuple(_cell(name, value, name in columns) for name, value in found.items())


def _cell(name: str, value: Any, shown: bool) -> Cell:
    if not shown or isinstance(value, dict | list):
        return Cell(name, None)
    if value is None:
        return Cell(name, "null", null=True)
    text = value if isinstance(value, str) else json.dumps(value)
    return Cell(name, text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def error_text(error: str) -> str:
    """An error without the values that Spark or a driver quotes in it; those of the lake's own errors are no values of rows."""
    if not re.match(r"[\w.$]*(?:Exception|Error)\b", error):
        return error
    return re.sub(r"'[^']*'|\"[^\"]*\"", "'…'", error)
