"""Widened permissions, shown and asked about before anything is deployed, by the CDK CLI's own measure."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from cli.terminal.failures import Refused
from cli.terminal.output import say

_COUNTED = re.compile(r"✨  Number of stacks with differences: (?P<count>\d+)")


def question(assembly: Path | None = None) -> list[str]:
    """The CDK CLI's arguments that tell which permissions a deployment would widen; it exits 1 where any are.

    Args:
        assembly: Templates that are made already; None makes them.
    """
    made = ["--app", str(assembly)] if assembly is not None else []
    # Compared by their templates, as `cdk deploy` does where it asks by itself.
    return ["diff", *made, "--security-only", "--fail-on", "broadening", "--method", "template"]


def widened(code: int, said: Sequence[str]) -> int | None:
    """How many stacks widen permissions.

    Args:
        code: The exit code of the CDK CLI that was asked.
        said: What it said.

    Returns:
        None where it could not tell.
    """
    counts = [int(found["count"]) for line in said if (found := _COUNTED.fullmatch(line.strip()))]
    if not counts or (code == 0) != (counts[-1] == 0):
        return None
    return counts[-1]


def approve(stacks: int, show: Callable[[], object], *, command: str, log: Path) -> bool:
    """Whether a person agrees that permissions are widened.

    Args:
        stacks: How many stacks widen them.
        show: Shows them on the terminal.
        command: The command of the person.
        log: Where they are written, too.

    Raises:
        Refused: Nobody can be asked.
    """
    where = f"{stacks} stack{'' if stacks == 1 else 's'}"
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stderr.isatty():
        raise Refused(
            f"permissions would be widened in {where}, and there is no terminal to ask; nothing was deployed. "
            f"{log} shows them; `{command} --yes` deploys without asking"
        )
    show()
    say(f"Permissions are widened in {where}.", err=True)
    return typer.confirm("Deploy?", default=False, err=True)


__all__ = ["approve", "question", "widened"]
