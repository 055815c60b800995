"""As whom a command asks, and what of the catalog that one sees."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.context import Context

type Seen = Mapping[str, frozenset[str]]
"""The columns that somebody sees of tables, by table; all names in lower case."""

AsPersona = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSONA", help="Assume the role of a persona, such as analyst; else of `query_as` in config/ENV.yaml."),
]


def asker(context: Context, given: str | None) -> str | None:
    """The persona that a command asks as: the given one, else the environment's; None for the caller's own credentials."""
    configuration = context.configuration
    return given or (configuration.query_as if configuration.governed else None)


def seen_in(glue: Any, database: str) -> Seen:
    """The Iceberg tables of a database, and their columns, as the client's credentials see them.

    Lake Formation leaves out of an answer what it does not grant.
    """
    from medallion.manifest.access.answers import current_columns

    return {
        str(table["Name"]): frozenset(name.lower() for name in current_columns(table))
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database)
        for table in page["TableList"]
        if "metadata_location" in table.get("Parameters", {})
    }
