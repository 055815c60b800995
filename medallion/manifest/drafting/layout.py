"""The text of a drafted contract."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from medallion.manifest.drafting.scalar import comment, scalar

type Field = tuple[str, str]
"""A field's name, and its value as YAML in flow style."""


def flow(fields: Iterable[Field]) -> str:
    """An object in one line."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in fields) + "}"


def listed(values: Iterable[str]) -> str:
    """A list in one line, of values that are YAML already."""
    return f"[{', '.join(values)}]"


def value(given: str | Decimal) -> str:
    """A limit's value as YAML."""
    return scalar(given) if isinstance(given, str) else f"{given:f}"


def logical(spark: str) -> list[Field]:
    """The standard's fields for a Spark type: `logicalType`, and what makes it exact."""
    if spark.startswith("array<"):
        return [("logicalType", "array"), ("items", flow(logical(spark.removeprefix("array<").removesuffix(">"))))]
    if spark.startswith("decimal") or spark in ("float", "double"):
        return [("logicalType", "number"), ("physicalType", scalar(spark))]
    return {
        "smallint": [("logicalType", "integer"), ("logicalTypeOptions", "{format: i16}")],
        "int": [("logicalType", "integer"), ("logicalTypeOptions", "{format: i32}")],
        "bigint": [("logicalType", "integer")],
        "boolean": [("logicalType", "boolean")],
        "date": [("logicalType", "date")],
        "timestamp": [("logicalType", "timestamp")],
        "timestamp_ntz": [("logicalType", "timestamp"), ("logicalTypeOptions", "{timezone: false}")],
        "binary": [("logicalType", "string"), ("physicalType", "binary")],
        "string": [("logicalType", "string")],
    }[spark]


def document(
    *, head: Sequence[str], id: str, server: str | None, table: Sequence[Field], properties: Sequence[Sequence[Field]], notes: Sequence[str]
) -> str:
    """A contract.

    Args:
        head: Comments above it.
        id: The contract's.
        server: The logical source, of bronze.
        table: The fields of the table.
        properties: The fields of each column.
        notes: A comment for each column, or an empty text.
    """
    lines = [comment(line) for line in head]
    lines += ["apiVersion: v3.2.0", "kind: DataContract", f"id: {scalar(id)}", "version: 1.0.0", "status: draft"]
    if server is not None:
        lines += ["servers:", f"  - server: {scalar(server)}", "    type: custom"]
    lines += ["schema:"]
    for position, (name, written) in enumerate(table):
        lines.append(f"{'    ' if position else '  - '}{name}: {written}")
    lines.append("    properties:")
    for fields, note in zip(properties, notes, strict=True):
        if note:
            lines.append(f"      {comment(note)}")
        lines.append(f"      - {flow(fields)}")
    return "\n".join(lines) + "\n"


__all__ = ["Field", "document", "flow", "listed", "logical", "value"]
