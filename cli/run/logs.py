"""`lake logs`: what a job run printed."""

from typing import Annotated

import typer

from cli.context import of
from cli.terminal.failures import Refused
from cli.terminal.output import print_json, say


def mount(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(rich_help_panel="Data", epilog="Examples: `lake logs jr_0123` · `lake logs jr_0123 --lines 1000`")(logs)


def logs(
    call: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A Glue job run's id, which `lake run` shows beside each task.")],
    lines: Annotated[int, typer.Option(min=1, help="Only so many of the last lines.")] = 100,
) -> None:
    """Shows the end of what a job run printed."""
    from cli.run.job_log import RunLog

    context = of(call)
    log = RunLog(context.client("logs"), context.names.job_output_group, run)
    found = log.new_lines()[-lines:]
    if log.missing:
        raise Refused(f"{log.missing}\nThe first lines of a run take a moment; `lake run` shows the id of each run beside its task.")
    if context.json:
        print_json({"run": run, "lines": found})
        return
    for line in found:
        say(line)
