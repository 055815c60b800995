"""The draft of a bronze contract: the columns as the source has them."""

from collections.abc import Mapping, Sequence

from medallion.manifest.drafting.layout import Field, document, flow, listed, logical
from medallion.manifest.drafting.personal import judged
from medallion.manifest.drafting.scalar import scalar
from medallion.manifest.engines.postgres.observed import VIEWS, ObservedColumn, ObservedTable
from medallion.manifest.engines.postgres.reading import Reading


def bronze_text(
    table: ObservedTable,
    readings: Mapping[str, Reading],
    *,
    name: str,
    id: str,
    source: str,
    key: Sequence[str],
    watermark: str | None,
    head: Sequence[str],
) -> str:
    """The contract.

    Args:
        table: What the source has.
        readings: How the columns that can be read are read, by name.
        name: The lake's name of the table.
        id: The contract's.
        source: The logical source.
        key: The source's columns that identify a row; empty without one.
        watermark: The column of an incremental read; None for a snapshot.
        head: Comments.
    """
    ingestion = [flow([("property", "ingestion"), ("value", "incremental" if watermark else "snapshot")])]
    if watermark:
        ingestion.append(flow([("property", "watermark"), ("value", scalar(watermark))]))
    fields: list[Field] = [("name", name)]
    if table.object != name:
        fields.append(("physicalName", scalar(table.object or table.name)))
    fields.append(("physicalType", "view" if table.kind in VIEWS else "table"))
    if comment := " ".join(table.comment.split()):
        fields.append(("description", scalar(comment)))
    fields.append(("customProperties", listed(ingestion)))
    columns = [column for column in table.columns if column.name in readings]
    return document(
        head=head,
        id=id,
        server=source,
        table=fields,
        properties=[bronze_column(table.name, column, readings[column.name], key) for column in columns],
        notes=[f"{column.type} at the source" if readings[column.name].physical is None else "" for column in columns],
    )


def bronze_column(table: str, column: ObservedColumn, read: Reading, key: Sequence[str]) -> list[Field]:
    """The fields of one column."""
    fields: list[Field] = [("name", scalar(column.name))]
    if read.physical is None:
        fields += logical(read.spark)
    else:
        # An array says of what it is in `physicalType` alone.
        fields += [field for field in logical(read.spark) if field[0] == "logicalType"] + [("physicalType", scalar(read.physical))]
    if column.name in key:
        fields.append(("primaryKey", "true"))
        if len(key) > 1:
            fields.append(("primaryKeyPosition", str(key.index(column.name) + 1)))
    if column.required or column.name in key:
        fields.append(("required", "true"))
    fields.append(("classification", judged(table, column.name, column.type)[0]))
    if comment := " ".join(column.comment.split()):
        fields.append(("description", scalar(comment)))
    return fields


__all__ = ["bronze_column", "bronze_text"]
