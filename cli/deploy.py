"""`lake deploy`: all stacks of an environment, bootstrapped first when need be."""

import typer

from cli.cdk import run_cdk
from cli.context import Context, of
from cli.failures import FAILED
from medallion.manifest.errors import Terminal


class NotDeployed(Terminal):
    """The environment has no release yet."""

    def __init__(self, context: Context) -> None:
        environment = "" if context.is_local else f" --env {context.environment}"
        super().__init__(f"{context.environment} has no deployed release: run `lake{environment} deploy` first")


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel="Infrastructure", epilog="Examples: `lake deploy` · `lake --env dev deploy`")(deploy)


def deploy(call: typer.Context) -> None:
    """Deploys all stacks; on the laptop without questions, elsewhere CDK asks before it opens anything."""
    context = of(call)
    if not is_bootstrapped(context) and (code := bootstrap(context)):
        raise typer.Exit(code)
    approval = ["--require-approval", "never"] if context.is_local else []
    if run_cdk(context, ["deploy", "--all", *approval], quiet=context.json):
        raise typer.Exit(FAILED)
    if context.json:
        from cli.output import print_json

        print_json({"environment": context.environment, "release": deployed_release(context)})
        return
    environment = "" if context.is_local else f" --env {context.environment}"
    typer.echo(f"Deployed release {deployed_release(context)}. Next: lake{environment} {'seed' if context.is_local else 'run'}")


def bootstrap(context: Context) -> int:
    """Prepares the account and region for the CDK; returns the CDK CLI's exit code."""
    environment = context.configuration
    return run_cdk(
        context,
        [
            "bootstrap",
            f"aws://{environment.account}/{environment.region}",
            "--qualifier",
            environment.bootstrap_qualifier,
            "--bootstrap-customer-key",
        ],
        quiet=context.json,
    )


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
