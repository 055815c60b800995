"""The key of a model's API: a secret of Secrets Manager, read once a run and never shown."""

from medallion.ingest.secret import secret_text
from medallion.manifest.credentials import parse_api_key


def read_api_key(secret: str, region: str) -> str:
    """The key in a secret.

    Args:
        secret: The secret's name or ARN.
        region: Its region.

    Raises:
        SecretUnreadable: It is not there, may not be read, or holds no key.
        Transient: Secrets Manager could not be reached.
    """
    return parse_api_key(secret, secret_text(secret, region))
