"""What a source's secret holds, wherever it is read: by a job, by the `lake` command, by `lake doctor`."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from medallion.manifest.errors import Terminal

FIELDS = ("host", "port", "dbname", "username", "password")
API_KEY = "api_key"


class SecretUnreadable(Terminal):
    """The secret is missing, forbidden or not what a source needs."""


class Credentials(BaseModel):
    """The content of a source's secret; the password is masked wherever this is printed.

    Attributes:
        engine: As RDS writes it into the secrets that it makes; `postgres` unless given.
        host: The server's name.
        port: Its port; 5432 unless given.
        dbname: The database.
        username: Who reads.
        password: The password.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    engine: str = "postgres"
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    dbname: Annotated[str, Field(min_length=1)]
    username: Annotated[str, Field(min_length=1)]
    password: SecretStr

    @property
    def address(self) -> str:
        """Host, port and database, for messages."""
        return f"{self.host}:{self.port}/{self.dbname}"


def parse_credentials(secret: str, text: str | None) -> Credentials:
    """The credentials in a secret's text.

    Args:
        secret: The secret's name, for messages.
        text: What it holds; None where that is no text.

    Raises:
        SecretUnreadable: It is no JSON object, or fields are missing or wrong; one line that names them and shows no value.
    """
    problem = "is no JSON object"
    try:
        held = json.loads(text or "")
    except ValueError:
        held = None
    if isinstance(held, dict):
        try:
            return Credentials.model_validate(held)
        except ValidationError as error:
            problem = _problems(error)
    # Not chained: the cause would show what the secret holds.
    raise SecretUnreadable(f"secret {secret}: {problem}; it holds {', '.join(FIELDS[:-1])} and {FIELDS[-1]} as one JSON object") from None


def parse_api_key(secret: str, text: str | None) -> str:
    """The key of a model's API in a secret's text.

    Args:
        secret: The secret's name, for messages.
        text: What it holds; None where that is no text.

    Raises:
        SecretUnreadable: It holds anything else; one line that shows no value.
    """
    try:
        held = json.loads(text or "")
    except ValueError:
        held = None
    key = held.get(API_KEY) if isinstance(held, dict) and len(held) == 1 else None
    if not isinstance(key, str) or not key.strip():
        # Not chained: the cause would show what the secret holds.
        raise SecretUnreadable(f'secret {secret}: it must be JSON with the text "{API_KEY}" and nothing else') from None
    return key.strip()


def _problems(error: ValidationError) -> str:
    found: dict[str, list[str]] = {}
    for problem in error.errors(include_input=False, include_context=False):
        field = str(problem["loc"][0])
        found.setdefault(_problem(field, problem["type"]), []).append(field)
    return "; ".join(f"{', '.join(fields)} {problem}" for problem, fields in found.items())


def _problem(field: str, kind: Any) -> str:
    if kind == "missing":
        return "missing"
    if field == "port":
        return "is not a number from 1 to 65535"
    return "is empty" if kind == "string_too_short" else "is not a text"


__all__ = ["FIELDS", "Credentials", "SecretUnreadable", "parse_api_key", "parse_credentials"]
