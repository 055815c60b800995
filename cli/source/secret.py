"""The secret of a source that is a database: where it is, and who reads."""

from typing import TYPE_CHECKING

from cli.context import Context
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.engines.source import DatabaseSource

PAGE = "docs/existing-database.md"


def secret_of(context: Context, name: str, source: "DatabaseSource") -> str:
    """The name of a source's secret: that of a demo source is made by a deployment."""
    return source.secret or context.names.secret(name)


def credentials_of(context: Context, name: str, source: "DatabaseSource") -> "Credentials":
    """What the secret of a source holds.

    Raises:
        Refused: The secret does not exist, or is not what a source needs.
    """
    from medallion.manifest.credentials import SecretUnreadable, parse_credentials

    secret, client = secret_of(context, name, source), context.client("secretsmanager")
    try:
        answer = client.get_secret_value(SecretId=secret)
    except client.exceptions.ResourceNotFoundException as error:
        who = f"`lake deploy` makes it with the demo source {name}" if source.demo else f"{PAGE} shows how it is written"
        raise Refused(f"secret {secret}: does not exist in {context.environment}; {who}") from error
    try:
        return parse_credentials(secret, answer.get("SecretString"))
    except SecretUnreadable as error:
        raise Refused(str(error)) from error


__all__ = ["PAGE", "credentials_of", "secret_of"]
