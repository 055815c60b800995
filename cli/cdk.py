"""`lake cdk …`: the pinned CDK CLI, pointed at an environment."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from cli.context import ROOT, Context, of
from cli.failures import Refused


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
    raise typer.Exit(run_cdk(of(call), call.args))


def run_cdk(context: Context, arguments: Sequence[str], *, quiet: bool = False) -> int:
    """Runs the CDK CLI in the repository, for the context's environment and lake unless the arguments name others.

    Args:
        context: The environment; its credentials are the process's.
        arguments: The CDK CLI's.
        quiet: Whether what it prints goes to stderr, so that stdout stays a program's.

    Returns:
        Its exit code.
    """
    return subprocess.run(
        [str(executable()), *completed(context, arguments)],
        cwd=ROOT,
        env=context.process_environment,
        stdout=sys.stderr if quiet else None,
        check=False,
    ).returncode


def completed(context: Context, arguments: Sequence[str]) -> list[str]:
    """The arguments and what is not given: environment, lake, and on the laptop an output folder of its own."""
    given = set(_context_keys(arguments))
    added: list[str] = []
    for key, value in (("env", context.environment), ("lake", str(context.lake))):
        if key not in given:
            added += ["--context", f"{key}={value}"]
    if context.is_local and not any(argument.split("=")[0] in {"--output", "-o"} for argument in arguments):
        # Two laptops may deploy at the same time.
        added += ["--output", str(context.home / "cdk.out")]
    return [*arguments, *added]


def executable() -> Path:
    """The CDK CLI that package-lock.json pins."""
    path = ROOT / "node_modules" / ".bin" / "cdk"
    if not path.exists():
        raise Refused(f"{path} is not there: run `make setup` in {ROOT}")
    return path


def _context_keys(arguments: Sequence[str]) -> list[str]:
    keys = []
    for position, argument in enumerate(arguments):
        if argument in {"-c", "--context"}:
            keys.append("".join(arguments[position + 1 : position + 2]).split("=")[0])
        elif argument.startswith("--context="):
            keys.append(argument.removeprefix("--context=").split("=")[0])
        elif argument.startswith("-c") and not argument.startswith("--"):
            keys.append(argument.removeprefix("-c").split("=")[0])
    return keys
