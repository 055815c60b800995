"""What is behind a logical source of an environment, looked at and never changed: a database by its secret, DynamoDB tables by a few items."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.failures import Refused, Unreachable
from cli.seed import connect

if TYPE_CHECKING:
    from medallion.manifest.drafting.observed import ObservedTable
    from medallion.manifest.environment import PostgresSource, Source

_FIELDS = {"host", "port", "dbname", "username", "password"}


def observed(context: Context, name: str) -> tuple["ObservedTable", ...]:
    """All tables that a source has now which is a database.

    Raises:
        Refused: The environment has no such source, it is no database, or its secret is not what it should be.
        Unreachable: Its database does not answer.
    """
    import psycopg

    from cli.source_catalog import look
    from medallion.manifest.environment import PostgresSource

    source = configured(context, name)
    if not isinstance(source, PostgresSource):
        raise Refused(
            f"source {name} is {source.engine}, and no database; write the contract of a source of documents by hand, as docs/contracts.md has it"
        )
    with _connection(context, name, source) as connection:
        try:
            return look(connection, source.prefix)
        except psycopg.OperationalError as error:
            raise Unreachable(f"source {name} broke off: {str(error).strip()}") from error


def configured(context: Context, name: str) -> "Source":
    """A source as the environment has it.

    Raises:
        Refused: There is none of that name.
    """
    sources = context.configuration.sources
    if name not in sources:
        file = f"{context.lake}/config/{context.environment}.yaml"
        raise Refused(f"{file}: sources: has no {name!r}; it has {', '.join(sorted(sources)) or 'none'}")
    return sources[name]


@contextmanager
def _connection(context: Context, name: str, source: "PostgresSource") -> Iterator[Any]:
    try:
        connection = connect(_secret(context, source.secret or context.names.secret(name)), source)
    except Unreachable as error:
        if context.is_local:
            raise
        raise Unreachable(
            f"{error}\nThe database of an account is seldom reached from a desk: open a way to it (VPN, a bastion's tunnel), "
            "or run this from a machine inside its network."
        ) from error
    with connection:
        yield connection


def _secret(context: Context, name: str) -> dict[str, Any]:
    client = context.client("secretsmanager")
    try:
        text = client.get_secret_value(SecretId=name)["SecretString"]
    except client.exceptions.ResourceNotFoundException as error:
        raise Refused(f"the secret {name} does not exist in {context.environment}; `lake deploy` makes that of a demo source") from error
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or (missing := sorted(_FIELDS - value.keys())):
        lacks = ", ".join(missing) if isinstance(value, dict) else "everything: it is no JSON object"
        # Not chained: the cause would show the secret.
        raise Refused(f"the secret {name} lacks {lacks}; it holds {', '.join(sorted(_FIELDS))} as JSON") from None
    return value


__all__ = ["configured", "observed"]
