"""The key of a model's API: a secret of Secrets Manager, read once a run and never shown."""

import json

from medallion.ingest.secret import secret_text
from medallion.manifest.credentials import SecretUnreadable

_NEEDED = 'it must be JSON with the text "api_key" and nothing else'


def read_api_key(secret: str, region: str) -> str:
    """The key in a secret.

    Args:
        secret: The secret's name or ARN.
        region: Its region.

    Raises:
        SecretUnreadable: It is not there, may not be read, or holds no key.
        Transient: Secrets Manager could not be reached.
    """
    try:
        content = json.loads(secret_text(secret, region) or "")
    except ValueError:
        # Without its cause, which quotes what the secret holds.
        raise SecretUnreadable(f"secret {secret}: {_NEEDED}") from None
    key = content.get("api_key") if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(key, str) or not key.strip():
        raise SecretUnreadable(f"secret {secret}: {_NEEDED}")
    return key.strip()
