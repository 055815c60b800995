"""`lake aws-env`: what makes any AWS client talk to the laptop."""

import os
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from cli.context import of
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from local.settings import Settings

# What a client would take instead of a key in its environment, or send with it.
_OVERRIDING = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
_ENDPOINT_OF_ONE_SERVICE = "AWS_ENDPOINT_URL_"


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "aws-env",
        rich_help_panel="Laptop",
        epilog='Examples: `eval "$(lake aws-env)" && aws s3 ls` · `lake aws-env --json` · `lake aws-env > .env.laptop`',
    )(aws_env)


def aws_env(call: typer.Context) -> None:
    """Prints the shell commands that make AWS clients talk to the laptop as its account's root; the secret is among them."""
    context = of(call)
    laptop = context.laptop
    exported, unset = variables(laptop.settings, os.environ)
    if context.json:
        print_json({"export": exported, "unset": unset})
    else:
        say(shell(exported, unset))
    if not laptop.running:
        say(f"The laptop's AWS does not answer at {laptop.endpoint}. Next: lake up", err=True)


def variables(settings: "Settings", environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What a client's environment needs.

    Args:
        settings: The laptop.
        environment: Where the client will be started.

    Returns:
        The variables to set, and those that would override them.
    """
    endpoints = sorted(name for name in environment if name.startswith(_ENDPOINT_OF_ONE_SERVICE))
    return {**settings.root_credentials(), **settings.addresses()}, [*_OVERRIDING, *endpoints]


def shell(exported: Mapping[str, str], unset: list[str]) -> str:
    """The same as lines for a POSIX shell."""
    return "\n".join([f"unset {' '.join(unset)}", *(f"export {name}={shlex.quote(value)}" for name, value in exported.items())])
