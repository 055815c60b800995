"""The pinned CDK CLI, pointed at an environment."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.context import ROOT, Context
from cli.terminal.failures import Refused

# What these print is the same whoever asks.
OFFLINE_VERBS = frozenset({"synth", "synthesize", "list", "ls", "metadata", "doctor", "docs"})
OFFLINE_OPTIONS = frozenset({"--help", "-h", "--version"})
# `-c env=dev`, `-cenv=dev`, `-c=env=dev`, `-vc env=dev`, `--context env=dev`, `--context=env=dev`.
CONTEXT_OPTION = re.compile(r"(?:--context(?==|$)|-[a-bd-zA-Z]*c)=?(?P<value>.*)")


def run_cdk(context: Context, arguments: Sequence[str], *, quiet: bool = False) -> int:
    """Runs the CDK CLI in the repository, for the context's environment and lake unless the arguments name others.

    Args:
        context: The environment; its credentials are the process's.
        arguments: The CDK CLI's.
        quiet: Whether what it prints goes to stderr, so that stdout stays a program's.

    Returns:
        Its exit code.

    Raises:
        Refused: The arguments name another environment than the context's, or its credentials are another account's.
    """
    return subprocess.run(
        command_line(context, arguments),
        cwd=ROOT,
        env=environ_of(context, arguments),
        stdout=sys.stderr if quiet else None,
        check=False,
    ).returncode


def command_line(context: Context, arguments: Sequence[str]) -> list[str]:
    """The CDK CLI with its arguments, for the context's environment and lake unless they name others.

    Raises:
        Refused: As `run_cdk`.
    """
    return [str(executable()), *completed(context, arguments)]


def environ_of(context: Context, arguments: Sequence[str]) -> dict[str, str]:
    """The environment variables that the CDK CLI runs with.

    Raises:
        Refused: As `run_cdk`.
    """
    return context.anonymous_environment if is_offline(arguments) else context.process_environment


def completed(context: Context, arguments: Sequence[str]) -> list[str]:
    """The arguments, the environment, and what is not given: the lake, and on the laptop an output folder of its own.

    Raises:
        Refused: They name another environment: its account is not the one whose credentials were looked at.
    """
    given = given_context(arguments)
    if (named := given.get("env", context.environment)) != context.environment:
        raise Refused(f"-c env={named} is another environment than {context.environment}: write `lake --env {named} cdk …` instead")
    # Said last whatever was given: the last one counts.
    added = ["--context", f"env={context.environment}"]
    if "lake" not in given:
        added += ["--context", f"lake={context.lake}"]
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


def given_context(arguments: Sequence[str]) -> dict[str, str]:
    """The context values among the arguments, however they are written; the last of a key, as for the CDK CLI.

    Raises:
        Refused: `env` is given twice with different values.
    """
    found: dict[str, str] = {}
    for position, argument in enumerate(arguments):
        written = CONTEXT_OPTION.fullmatch(argument)
        if written is None:
            continue
        pair = written["value"] or "".join(arguments[position + 1 : position + 2])
        key, _, value = pair.partition("=")
        if key == "env" and found.get(key, value) != value:
            raise Refused(f"-c env={found[key]} and -c env={value} contradict each other: give one with --env")
        found[key] = value
    return found


def is_offline(arguments: Sequence[str]) -> bool:
    """Whether the CDK CLI will only look at files, so that it needs no credentials."""
    own = list(arguments[: arguments.index("--")]) if "--" in arguments else list(arguments)
    if OFFLINE_OPTIONS.intersection(own):
        return True
    while own and (written := CONTEXT_OPTION.fullmatch(own[0])):
        own = own[1 if written["value"] else 2 :]
    return bool(own) and own[0] in OFFLINE_VERBS
