"""Where a source is and how to log in there: a secret, read once per run and never shown."""

from medallion.ingest.secret import secret_text
from medallion.manifest.credentials import Credentials, parse_credentials


def read_credentials(secret: str, region: str) -> Credentials:
    """The credentials in a secret.

    Args:
        secret: The secret's name or ARN.
        region: Its region.

    Raises:
        SecretUnreadable: It is not there, may not be read, or is not what a source needs.
        Transient: Secrets Manager could not be reached.
    """
    return parse_credentials(secret, secret_text(secret, region))
