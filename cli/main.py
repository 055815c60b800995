"""The `lake` command: global options, and the commands of each noun.

A module of a noun has `mount(app)`, which adds its commands; it imports what is slow inside them, so that `--help` is not.
"""

import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from cli import cdk, deploy, failures, laptop
from cli.context import Context

app = typer.Typer(
    name="lake",
    help="A medallion lake from data contracts, on your laptop and on AWS.\n\nBegin with `lake up`, `lake deploy`, `lake seed`, `lake run`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    call: typer.Context,
    env: Annotated[str, typer.Option(help="An environment of the lake: a file `config/ENV.yaml`.")] = "local",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")] = False,
    lake: Annotated[Path | None, typer.Option(help="The lake's folder; else LAKE, else what cdk.json names.")] = None,
) -> None:
    """What every command needs to know."""
    call.obj = Context(environment=env, json=json, lake=lake)


for noun in (laptop, cdk, deploy):
    noun.mount(app)


def call(arguments: list[str]) -> int:
    """Runs one command line; returns its exit code."""
    try:
        result = app(args=arguments, prog_name="lake", standalone_mode=False)
    except click.ClickException as error:
        error.show(sys.stderr)
        return failures.INVALID
    except click.Abort:
        return failures.tell(KeyboardInterrupt())
    except (Exception, KeyboardInterrupt) as error:
        return failures.tell(error)
    return result if isinstance(result, int) else 0


def run() -> None:
    """The entry point of the `lake` script."""
    sys.exit(call(sys.argv[1:]))
