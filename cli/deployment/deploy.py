"""`lake deploy`: all stacks of an environment, bootstrapped first when need be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.context import ROOT, Context, of
from cli.deployment.access import apply_access, prepare_access, warn_of_drift
from cli.deployment.cdk_cli import command_line, environ_of, run_cdk
from cli.deployment.deployed import deployed_release, is_bootstrapped
from cli.terminal.failures import FAILED, Interrupted
from cli.terminal.output import print_json, say


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        rich_help_panel="Infrastructure",
        epilog="Examples: `lake deploy` · `lake deploy --verbose` (every event) · `lake --env dev deploy` · `lake --env dev deploy --yes` (CI)",
    )(deploy)


def deploy(
    call: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show all that the CDK CLI says, as it says it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before permissions are widened.")] = False,
) -> None:
    """Deploys all stacks; on the laptop without questions, elsewhere you are asked before permissions are widened.

    Shows a line for each stack, and what failed with its reason. Everything that the CDK CLI says is in a log file, which is named. Where
    Lake Formation governs the lake, what the contracts no longer open is closed at the end, and what the account grants otherwise is named.
    """
    context = of(call)
    asked = not context.is_local and not yes
    code = _loudly(context, asked=asked) if verbose else _quietly(context, asked=asked)
    if code:
        raise typer.Exit(code)
    release = deployed_release(context)
    apply_access(context, release)
    warn_of_drift(context)
    if context.json:
        print_json({"environment": context.environment, "release": release})
        return
    say(f"Deployed release {release}. Next: {context.command} {'seed' if context.is_local and has_seed(context) else 'run'}")


def has_seed(context: Context) -> bool:
    """Whether the lake brings sample data for its demo sources."""
    return (context.lake / "seed").is_dir()


def _loudly(context: Context, *, asked: bool) -> int:
    """Deploys with the CDK CLI on the terminal, its questions included."""
    if not is_bootstrapped(context) and (code := run_cdk(context, _bootstrap(context), quiet=context.json)):
        return code
    prepare_access(context)
    approval = [] if asked else ["--require-approval", "never"]
    return FAILED if run_cdk(context, ["deploy", "--all", "--progress", "events", *approval], quiet=context.json) else 0


def _quietly(context: Context, *, asked: bool) -> int:
    """Deploys and shows what a person needs."""
    from cli.deployment.approval import approve, question, widened
    from cli.deployment.process import new_log

    log = new_log(context.home / "deployments", f"deploy-{context.environment}")
    if not is_bootstrapped(context) and _follow(context, _bootstrap(context), log, f"bootstrapping {context.configuration.account}"):
        return FAILED
    made: list[str] = []
    if asked:
        assembly = context.home / f"cdk.out-{context.environment}"
        said: list[str] = []
        code = _follow(context, [*question(), "--output", str(assembly)], log, "comparing permissions", said)
        if (stacks := widened(code, said)) is None:
            say("".join(said).strip(), err=True)
            return _told_of_failure(code, log)
        if stacks and not approve(
            stacks, lambda: run_cdk(context, question(assembly), quiet=True), command=f"{context.command} deploy", log=log
        ):
            say("Nothing was deployed.", err=True)
            return FAILED
        # What was agreed to is what is deployed.
        made = ["--app", str(assembly)]
    prepare_access(context)
    if _follow(context, ["deploy", "--all", *made, "--require-approval", "never", "--progress", "events"], log):
        return FAILED
    say(f"  all that the CDK CLI said: {log}", err=True)
    return 0


def _follow(context: Context, arguments: Sequence[str], log: Path, doing: str = "", said: list[str] | None = None) -> int:
    """Runs the CDK CLI, shows what of it a person needs, and keeps all of it.

    Args:
        context: The environment.
        arguments: The CDK CLI's.
        log: Gets all lines.
        doing: What is going on until a stack begins; else the templates are made.
        said: Gets the lines instead of the person.

    Returns:
        Its exit code.

    Raises:
        Interrupted: This process was told to end.
    """
    from cli.deployment.display import SYNTHESIZING, Display
    from cli.deployment.process import follow
    from cli.terminal.screen import stderr

    screen = stderr()
    display = Display(screen, doing or SYNTHESIZING, on_aws=not context.is_local)
    try:
        with display:
            code = follow(
                command_line(context, arguments),
                folder=ROOT,
                environ=environ_of(context, arguments),
                log=log,
                on_line=display.line if said is None else said.append,
            )
    except KeyboardInterrupt:
        going = ", ".join(display.unfinished)
        raise Interrupted(
            f"Interrupted. {f'CloudFormation goes on with {going} by itself; wait for it, then run' if going else 'Run'} the same command "
            f"again. All that the CDK CLI said: {log}"
        ) from None
    if code and said is None:
        display.give_up()
        _told_of_failure(code, log)
    return code


def _told_of_failure(code: int, log: Path) -> int:
    say(f"The CDK CLI ended with exit code {code}. All that it said: {log}", err=True)
    return FAILED


def _bootstrap(context: Context) -> list[str]:
    """The CDK CLI's arguments that prepare the account and region."""
    environment = context.configuration
    return [
        "bootstrap",
        f"aws://{environment.account}/{environment.region}",
        "--qualifier",
        environment.bootstrap_qualifier,
        "--bootstrap-customer-key",
        # The account and region are said: without an app the CDK CLI makes no templates first.
        "--app",
        "",
    ]
