"""The secrets of sources: where they are, and what they hold."""

from typing import TYPE_CHECKING

from cli.context import Context
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    from medallion.manifest.credentials import Credentials
    from medallion.manifest.engines.source import DatabaseSource

PAGE = "docs/existing-database.md"
MODEL_PAGE = "docs/extraction.md"


def secret_of(context: Context, name: str, source: "DatabaseSource") -> str:
    """The name of a source's secret: that of a demo source is made by a deployment."""
    return source.secret or context.names.secret(name)


def credentials_of(context: Context, name: str, source: "DatabaseSource") -> "Credentials":
    """What the secret of a source holds.

    Raises:
        Refused: The secret does not exist, or is not what a source needs.
    """
    from medallion.manifest.credentials import SecretUnreadable, parse_credentials

    secret = secret_of(context, name, source)
    text = _text(context, secret, f"`lake deploy` makes it with the demo source {name}" if source.demo else _shown_in(PAGE))
    try:
        return parse_credentials(secret, text)
    except SecretUnreadable as error:
        raise Refused(str(error)) from error


def check_api_key(context: Context, secret: str) -> None:
    """That a secret holds the key of a model's API, whatever the key is.

    Raises:
        Refused: The secret does not exist, or holds something else.
    """
    from medallion.manifest.credentials import SecretUnreadable, parse_api_key

    text = _text(context, secret, _shown_in(MODEL_PAGE))
    try:
        parse_api_key(secret, text)
    except SecretUnreadable as error:
        raise Refused(str(error)) from error


def _text(context: Context, secret: str, advice: str) -> str | None:
    client = context.client("secretsmanager")
    try:
        answer = client.get_secret_value(SecretId=secret)
    except client.exceptions.ResourceNotFoundException as error:
        raise Refused(f"secret {secret}: does not exist in {context.environment}; {advice}") from error
    text: str | None = answer.get("SecretString")
    return text


def _shown_in(page: str) -> str:
    return f"{page} shows how it is written"


__all__ = ["MODEL_PAGE", "PAGE", "check_api_key", "credentials_of", "secret_of"]
