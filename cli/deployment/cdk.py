"""`lake cdk …`: the CDK CLI as it is, for what `lake deploy` does not do."""

import typer

from cli.context import ROOT, of
from cli.deployment.cdk_cli import given_context, run_cdk


def mount(app: typer.Typer) -> None:
    """Adds the command; all of its arguments are the CDK CLI's own, `--help` too."""
    app.command(
        rich_help_panel="Infrastructure",
        context_settings={
            "allow_extra_args": True,
            "ignore_unknown_options": True,
            "allow_interspersed_args": False,
            "help_option_names": [],
        },
        epilog="Examples: `lake cdk diff` · `lake --env dev cdk synth` · `lake cdk destroy --all --force` · `lake cdk --help`",
    )(cdk)


def cdk(call: typer.Context) -> None:
    """Passes everything on to the CDK CLI."""
    context = of(call)
    raise typer.Exit(run_cdk(context.of_lake(ROOT / lake) if (lake := given_context(call.args).get("lake")) else context, call.args))
