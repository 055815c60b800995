"""A connection to a Postgres database as the source's login."""

from typing import TYPE_CHECKING

from cli.terminal.failures import Refused, Unreachable

if TYPE_CHECKING:
    import psycopg

    from medallion.manifest.credentials import Credentials
    from medallion.manifest.engines.source import DatabaseSource

CONNECT_SECONDS = 10
# What Postgres says where it asked for a password and did not take what came; the same for a login that it does not know.
_NOT_TAKEN = "password authentication failed"
_NOT_NOW = ("starting up", "shutting down", "in recovery", "too many", "connection slots")


def connect(credentials: "Credentials", source: "DatabaseSource", secret: str) -> "psycopg.Connection":
    """A connection to a source; each statement is its own transaction unless told otherwise.

    Args:
        credentials: What the secret holds.
        source: The source as the environment has it.
        secret: The secret's name, for messages.

    Raises:
        Refused: The server answers, and does not let the login in.
        Unreachable: Nothing answers there.
    """
    import psycopg

    try:
        return psycopg.connect(
            host=credentials.host,
            port=credentials.port,
            dbname=credentials.dbname,
            user=credentials.username,
            password=credentials.password.get_secret_value(),
            sslmode="require" if source.tls else "prefer",
            connect_timeout=CONNECT_SECONDS,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise _not_connected(str(error), credentials.address, secret) from error


def _not_connected(said: str, address: str, secret: str) -> Refused | Unreachable:
    """What a failed connection means, in one line."""
    # It tries each address of the host, and says a line of each.
    attempts = [line.rpartition(" failed: ")[2].strip() for line in said.strip().splitlines() if " failed: " in line] or [said.strip()]
    answered = next((attempt.partition("FATAL:")[2].strip() for attempt in attempts if "FATAL:" in attempt), None)
    if answered is None and "SSL" not in attempts[-1]:
        return Unreachable(f"secret {secret}: {address} does not answer: {attempts[-1]}")
    if answered is None:
        return Refused(f"secret {secret}: {address}: {attempts[-1]}; `tls: false` of the source reads it without encryption")
    if _NOT_TAKEN in answered:
        return Refused(f"secret {secret}: username or password: {address} refused them; write the right ones into the secret")
    if any(word in answered for word in _NOT_NOW):
        return Unreachable(f"secret {secret}: {address} takes no connection now: {answered}")
    return Refused(f"secret {secret}: {address} refused the login: {answered}")


__all__ = ["connect"]
