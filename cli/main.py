"""The `lake` command: global options, and the commands of each noun.

A module of a noun has `mount(app)`, which adds its commands; it imports what is slow inside them, so that `--help` is not.
"""

import io
import locale
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import open as open_command
from cli import quarantine, report
from cli.access import command as access
from cli.context import Context
from cli.contracts import command as contracts
from cli.deployment import cdk, deploy
from cli.doctor import command as doctor
from cli.documents import command as documents
from cli.laptop import aws_env, lifecycle, status
from cli.query import command as query
from cli.run import command as run_command
from cli.run import logs, runs
from cli.source import seed
from cli.terminal import failures
from cli.terminal.interrupts import become_interrupts

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


for noun in (
    lifecycle,
    status,
    aws_env,
    cdk,
    deploy,
    doctor,
    contracts,
    seed,
    run_command,
    runs,
    quarantine,
    documents,
    query,
    report,
    open_command,
    logs,
    access,
):
    noun.mount(app)


def call(arguments: list[str]) -> int:
    """Runs one command line; returns its exit code."""
    try:
        app(args=hoisted(arguments), prog_name="lake")
    except SystemExit as end:
        interrupt = end.__context__.__cause__ if end.__context__ else None
        return failures.tell(interrupt) if isinstance(interrupt, KeyboardInterrupt) else _code(end)
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        sys.stdout = None
        return 0
    except Exception as error:  # noqa: BLE001 - the last place where a failure becomes a message
        return failures.tell(error)
    return 0


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with the global options first, so that `lake query --json SQL` is `lake --json query SQL`.

    What follows `cdk` or `--` is left alone.
    """
    front: list[str] = []
    rest: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument == "--" or (argument == "cdk" and not rest):
            rest += [argument, *left]
            break
        if argument == "--json" or argument.startswith(("--env=", "--lake=")):
            front.append(argument)
        elif argument in {"--env", "--lake"}:
            front += [argument, *left[:1]]
            left = left[1:]
        else:
            rest.append(argument)
    return [*front, *rest]


def run() -> None:
    """The entry point of the `lake` script."""
    _read_files_as_utf8()
    become_interrupts()
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows fewer characters gets the others as escapes, and the command goes on.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(call(sys.argv[1:]))


def _read_files_as_utf8() -> None:
    """Starts this process again where the locale names another encoding, in which files with other letters would be read wrongly."""
    if locale.getpreferredencoding(do_setlocale=False).lower() not in {"utf-8", "utf8"}:
        # For the processes that it starts, too.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - itself


def _open_closed_streams() -> None:
    """Makes `lake … <&-` mean `</dev/null`: the next file that is opened would become the input of all that is started."""
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)


def _code(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else 0
