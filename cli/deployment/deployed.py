"""What an environment's last deployment left: its release, and the manifest of that."""

from typing import TYPE_CHECKING

from cli.context import Context
from medallion.manifest.errors import Terminal

if TYPE_CHECKING:
    from medallion.manifest.model import Manifest


class NotDeployed(Terminal):
    """The environment has no release yet."""

    def __init__(self, context: Context) -> None:
        super().__init__(f"{context.environment} has no deployed release: run `{context.command} deploy` first")


def is_bootstrapped(context: Context) -> bool:
    """Whether the CDK's own parameter is there for the configured qualifier."""
    ssm = context.client("ssm")
    try:
        ssm.get_parameter(Name=f"/cdk-bootstrap/{context.configuration.bootstrap_qualifier}/version")
    except ssm.exceptions.ParameterNotFound:
        return False
    return True


def deployed_release(context: Context) -> str:
    """The release that the transform stack deployed.

    Raises:
        NotDeployed: There is none.
    """
    ssm = context.client("ssm")
    try:
        return str(ssm.get_parameter(Name=context.names.parameter("transform", "release"))["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        raise NotDeployed(context) from None


def deployed_manifest(context: Context) -> "tuple[str, Manifest]":
    """The deployed release, and its manifest."""
    from medallion.manifest.files import parse_manifest

    release = deployed_release(context)
    return release, parse_manifest(artifact(context, f"releases/{release}/manifest.json"))


def artifact(context: Context, key: str) -> bytes:
    """A file of the bucket of artifacts."""
    found: bytes = context.client("s3").get_object(Bucket=context.names.bucket("artifacts"), Key=key)["Body"].read()
    return found
