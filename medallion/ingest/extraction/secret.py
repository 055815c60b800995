"""The key of a model's API: a secret of Secrets Manager, read once a run and never shown."""

import json

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.credentials import SecretUnreadable
from medallion.manifest.errors import Transient

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
        answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=secret)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise SecretUnreadable(f"secret {secret}: {code}; the job's role needs secretsmanager:GetSecretValue on it") from error
    except BotoCoreError as error:
        raise Transient(f"secret {secret}: Secrets Manager can't be reached: {type(error).__name__}") from error
    try:
        content = json.loads(answer.get("SecretString") or "")
    except ValueError:
        # Without its cause, which quotes what the secret holds.
        raise SecretUnreadable(f"secret {secret}: {_NEEDED}") from None
    key = content.get("api_key") if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(key, str) or not key.strip():
        raise SecretUnreadable(f"secret {secret}: {_NEEDED}")
    return key.strip()
