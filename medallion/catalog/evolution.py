"""From a table as it is to a table as its contract wants it: what can be altered, and what must not be."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from medallion.catalog.definition import KEY_PROPERTY, ColumnDefinition, TableDefinition
from medallion.catalog.statement import alter_column, column_clause, full_identifier
from medallion.manifest.errors import Terminal
from medallion.manifest.spark_sql import identifier, text
from medallion.manifest.widening import widens

_TRANSFORM = re.compile(r"(?P<transform>\w+)\((?:(?P<width>\d+)\s*,\s*)?`?(?P<column>\w+)`?(?:\s*,\s*(?P<after>\d+))?\)")


class BreakingChange(Terminal):
    """A contract asks for a change that readers of the table would not survive."""

    def __init__(self, table: TableDefinition, problems: tuple[str, ...]) -> None:
        super().__init__(
            f"{table.contract}: {table.database}.{table.name} can't become what the contract says: {'; '.join(problems)}; "
            f"nothing was changed. Make a new table {table.name}_v2 beside this one, or take the change back"
        )
        self.problems = problems


@dataclass(frozen=True)
class Existing:
    """A table as it is.

    Attributes:
        columns: In its order.
        partition: Pairs of Iceberg's transform and the column, such as `("month", "sold_at")`.
        properties: All of its table properties.
    """

    columns: tuple[ColumnDefinition, ...]
    partition: tuple[tuple[str, str], ...]
    properties: Mapping[str, str]


def evolution(existing: Existing, wanted: TableDefinition) -> tuple[str, ...]:
    """The statements that make a table what its contract says; empty where it is that already.

    Raises:
        BreakingChange: Something would be narrowed or newly demanded, or a required column is no longer filled.
    """
    if problems := tuple(_problems(existing, wanted)):
        raise BreakingChange(wanted, problems)
    there = {column.name: column for column in existing.columns}
    table = full_identifier(wanted)
    statements: list[str] = []
    added = [column for column in wanted.columns if column.name not in there]
    if added:
        statements.append(f"ALTER TABLE {table} ADD COLUMNS ({', '.join(column_clause(column) for column in added)})")
    for column in wanted.columns:
        if column.name in there:
            statements += alter_column(table, there[column.name], column)
    properties = {**dict(wanted.properties), "comment": wanted.comment}
    changed = {key: value for key, value in sorted(properties.items()) if existing.properties.get(key, "") != value}
    # Iceberg keeps the format version apart from the properties and does not list it there.
    changed.pop("format-version", None)
    if changed:
        statements.append(f"ALTER TABLE {table} SET TBLPROPERTIES ({', '.join(f'{text(k)} = {text(v)}' for k, v in changed.items())})")
    return tuple(statements)


def partition_pair(transform: str) -> tuple[str, str]:
    """A partition transform of Spark SQL as Iceberg names it, with its column."""
    match = _TRANSFORM.fullmatch(transform.strip())
    if match is None:
        return "identity", transform.strip().strip("`")
    name = match["transform"].lower().removesuffix("s")
    width = match["width"] or match["after"]
    return (f"{name}[{width}]" if width else name), match["column"]


def _problems(existing: Existing, wanted: TableDefinition) -> Iterator[str]:
    kept = {column.name: column for column in wanted.columns}
    there = {column.name: column for column in existing.columns}
    for name, before in there.items():
        after = kept.get(name)
        if after is None:
            # One that allows null stays and is null in new rows, so that an older release can be deployed again.
            if before.required:
                yield f"column {identifier(name)} would be dropped, and no row may lack it"
        else:
            if not widens(before.type.replace(" ", ""), after.type.replace(" ", "")):
                yield f"column {identifier(name)} is {before.type} and would become {after.type}"
            if after.required and not before.required:
                yield f"column {identifier(name)} allows null and would be required"
    yield from (
        f"new column {identifier(column.name)} would be required, and the rows that are there have no value"
        for column in wanted.columns
        if column.required and column.name not in there
    )
    partition = tuple(partition_pair(transform) for transform in wanted.partition)
    if partition != existing.partition:
        yield f"the partition is {_shown(existing.partition)} and would become {_shown(partition)}"
    key, asked = existing.properties.get(KEY_PROPERTY), dict(wanted.properties).get(KEY_PROPERTY)
    if key is not None and asked is not None and key != asked:
        yield f"the key is ({key}) and would become ({asked})"


def _shown(partition: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{transform}({column})" for transform, column in partition) or "none"
