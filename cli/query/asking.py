"""As whom a command asks, and what of the catalog that one sees."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.context import Context
from cli.query.persona import session_of

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


def glue_of(context: Context, persona: str | None) -> Any:
    """A client of the catalog that sees what a persona sees; None for the caller's own credentials.

    Raises:
        Unreachable: The laptop's AWS is down.
        Refused: There is no such persona, or the caller may not assume its role.
    """
    if persona is None:
        return context.client("glue")
    return session_of(context, persona).client("glue", endpoint_url=context.laptop.endpoint if context.is_local else None)


def seen_in(glue: Any, database: str) -> Seen:
    """The Iceberg tables of a database, and their columns, as the client's credentials see them.

    Lake Formation leaves out of an answer what it does not grant.
    """
    return {
        str(table["Name"]): frozenset(_columns(table))
        for page in glue.get_paginator("get_tables").paginate(DatabaseName=database)
        for table in page["TableList"]
        if "metadata_location" in table.get("Parameters", {})
    }


def _columns(table: Mapping[str, Any]) -> list[str]:
    columns = table.get("StorageDescriptor", {}).get("Columns", ())
    # Iceberg leaves columns that it dropped in the catalog.
    return [str(column["Name"]).lower() for column in columns if column.get("Parameters", {}).get("iceberg.field.current") != "false"]
