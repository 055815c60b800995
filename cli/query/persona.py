"""A persona of the lake, as whom a caller acts: its role, assumed for real."""

from typing import TYPE_CHECKING, Any

from cli.context import Context
from cli.terminal.failures import Refused

if TYPE_CHECKING:
    import boto3

SESSION = "lake-query"


def session_of(context: Context, persona: str) -> "boto3.Session":
    """Credentials of a persona's role, good for an hour; a command assumes it once.

    Raises:
        Refused: There is no such persona, or the caller may not assume its role.
    """
    import boto3
    from botocore.exceptions import ClientError

    from medallion.manifest.access.personas import personas_file, read_personas

    if persona in context.assumed:
        return context.assumed[persona]
    known = [each.name for each in read_personas(context.lake)]
    if persona not in known:
        raise Refused(f"--as {persona}: {personas_file(context.lake)} has {', '.join(known) or 'no personas'}")
    if not context.configuration.governed:
        raise Refused(f"--as {persona}: {context.environment} has no personas, as its lake_formation is off")
    role = context.names.role_arn(context.names.persona(persona))
    try:
        keys = context.client("sts").assume_role(RoleArn=role, RoleSessionName=SESSION)["Credentials"]
    except ClientError as error:
        raise Refused(
            f"{persona}: {error.response['Error']['Message']}. Is the lake deployed (`{context.command} deploy`), and do `personas` of "
            f"config/{context.environment}.yaml let you assume it? --as PERSONA asks as another"
        ) from error
    context.assumed[persona] = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=context.configuration.region,
    )
    return context.assumed[persona]


def client_of(context: Context, persona: str | None, service: str) -> Any:
    """A boto3 client with a persona's credentials; None for the caller's own.

    Raises:
        Unreachable: The laptop's AWS is down.
        Refused: There is no such persona, or the caller may not assume its role.
    """
    if persona is None:
        return context.client(service)
    endpoint = context.laptop.endpoint if context.is_local else None
    return session_of(context, persona).client(service, endpoint_url=endpoint)  # type: ignore[call-overload]
