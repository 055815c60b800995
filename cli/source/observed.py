"""What is behind a logical source of an environment, looked at and never changed: a database by its secret, DynamoDB tables by a few items."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.source.database import PAGE, connect, credentials_of, secret_of
from cli.terminal.failures import Refused, Unreachable

if TYPE_CHECKING:
    from medallion.manifest.engines.postgres.observed import ObservedTable
    from medallion.manifest.engines.postgres.settings import PostgresSource
    from medallion.manifest.engines.settings import Source


def observed(context: Context, name: str) -> tuple["ObservedTable", ...]:
    """All tables that a source has now which is a database.

    Raises:
        Refused: The environment has no such source, it is no database, or its secret is not what it should be.
        Unreachable: Its database does not answer.
    """
    import psycopg

    from cli.source.catalog import look
    from medallion.manifest.engines.postgres.settings import PostgresSource

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
        connection = connect(credentials_of(context, name, source), source, secret_of(context, name, source))
    except Unreachable as error:
        if context.is_local:
            raise Unreachable(f"{error}\nIs it up? The laptop reaches what this machine reaches; {PAGE} has more.") from error
        raise Unreachable(
            f"{error}\nThe database of an account is seldom reached from a desk: open a way to it (VPN, a bastion's tunnel), "
            "or run this from a machine inside its network."
        ) from error
    with connection:
        yield connection


__all__ = ["configured", "observed"]
