"""What crawlers found at a source."""

from datetime import datetime

from cli.context import Context
from medallion.manifest.frozen import Frozen


class CrawledTable(Frozen):
    """A table that a crawler wrote down.

    Attributes:
        name: In the database of discovered tables.
        location: `database.schema.table`, or the folder of the files.
        kind: `table`, `view` or `file`.
        columns: Name and type of each, as Glue has them.
        at: When the crawler last changed it.
    """

    name: str
    location: str
    kind: str
    columns: tuple[tuple[str, str], ...]
    at: datetime


def crawled(context: Context, source: str) -> list[CrawledTable]:
    """What a source's crawler found, sorted; nothing where it has never run."""
    glue, names = context.client("glue"), context.names
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=names.discovered))
    except glue.exceptions.EntityNotFoundException:
        return []
    return sorted(
        (
            CrawledTable(
                name=table["Name"],
                location=table["StorageDescriptor"]["Location"],
                kind=table["Parameters"].get("typeOfData", ""),
                columns=tuple((column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]),
                at=table["UpdateTime"],
            )
            for page in pages
            for table in page["TableList"]
            if table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == names.crawler(source)
        ),
        key=lambda table: table.name,
    )


__all__ = ["CrawledTable", "crawled"]
