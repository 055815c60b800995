"""The text of a secret of Secrets Manager, read once per run and never shown."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.credentials import SecretUnreadable
from medallion.manifest.errors import Transient


def secret_text(secret: str, region: str) -> str | None:
    """What a secret holds; None where that is no text.

    Args:
        secret: The secret's name or ARN.
        region: Its region.

    Raises:
        SecretUnreadable: It is not there, or may not be read.
        Transient: Secrets Manager could not be reached.
    """
    try:
        answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=secret)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise SecretUnreadable(f"secret {secret}: {code}; the job's role needs secretsmanager:GetSecretValue on it") from error
    except BotoCoreError as error:
        raise Transient(f"secret {secret}: Secrets Manager can't be reached: {type(error).__name__}") from error
    text: str | None = answer.get("SecretString")
    return text
