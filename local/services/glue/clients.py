"""Clients of the laptop's own services, with the rights of a role that trusts Glue."""

from typing import Any

import boto3
from botocore.config import Config

GLUE = "glue.amazonaws.com"


def session_of(credentials: dict[str, str]) -> Any:
    """A boto3 session that acts as these credentials say."""
    return boto3.session.Session(
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials["AWS_SESSION_TOKEN"],
        region_name=credentials["AWS_REGION"],
    )


def client_of(session: Any, service: str) -> Any:
    """A client of the laptop's own service."""
    return session.client(service, config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 2}))
