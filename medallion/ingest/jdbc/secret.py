"""Where a source is and how to log in there: a secret of Secrets Manager, read once a run and never shown."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.manifest.credentials import Credentials, SecretUnreadable, parse_credentials
from medallion.manifest.errors import Transient


def read_credentials(secret: str, region: str) -> Credentials:
    """The credentials in a secret.

    Args:
        secret: The secret's name or ARN.
        region: Its region.

    Raises:
        SecretUnreadable: It is not there, may not be read, or is not what a source needs.
        Transient: Secrets Manager could not be reached.
    """
    try:
        answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=secret)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise SecretUnreadable(f"secret {secret}: {code}; the job's role needs secretsmanager:GetSecretValue on it") from error
    except BotoCoreError as error:
        raise Transient(f"secret {secret}: Secrets Manager can't be reached: {type(error).__name__}") from error
    return parse_credentials(secret, answer.get("SecretString"))
