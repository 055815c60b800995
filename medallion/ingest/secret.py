"""Where a source is and how to log in there: a secret of Secrets Manager, read once a run and never shown."""

from typing import Annotated

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from medallion.manifest.errors import Terminal, Transient


class SecretUnreadable(Terminal):
    """The secret is missing, forbidden or not what a source needs."""


class Credentials(BaseModel):
    """The content of a source's secret; the password is masked wherever this is printed.

    Attributes:
        engine: As RDS writes it into the secrets that it makes; `postgres` unless given.
        host: The server's name.
        port: Its port.
        dbname: The database.
        username: Who reads.
        password: The password.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    engine: str = "postgres"
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    dbname: str
    username: str
    password: SecretStr

    @property
    def address(self) -> str:
        """Host, port and database, for messages."""
        return f"{self.host}:{self.port}/{self.dbname}"


def read_credentials(secret: str, region: str) -> Credentials:
    """The credentials in a secret.

    Args:
        secret: The secret's name or ARN.
        region: Its region.

    Raises:
        SecretUnreadable: It is not there, may not be read, or lacks a field.
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
        return Credentials.model_validate_json(answer.get("SecretString", ""))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in problem["loc"]) or "the whole" for problem in error.errors()}))
        # Not chained: the original error shows the secret's content.
        raise SecretUnreadable(
            f"secret {secret}: missing or wrong: {fields}; it needs host, port, dbname, username and password as JSON"
        ) from None
