"""`lake access check`: whether restricted columns are as they were reviewed, and whether an account is as contracts and personas ask."""

from typing import Annotated

import typer

from cli.access.asked import manifest_with_personas
from cli.access.differences import differences, in_words
from cli.context import Context, of
from cli.terminal.failures import FAILED
from cli.terminal.output import print_json, say


def mount(app: typer.Typer) -> None:
    """Adds `check` to `lake access`."""
    app.command(epilog="Examples: `lake access check` · `lake --env dev access check --live`")(check)


def check(
    call: typer.Context,
    live: Annotated[
        bool, typer.Option("--live", help="Hold what is granted and tagged on the account against contracts and personas.")
    ] = False,
) -> None:
    """Tells what opens restricted columns since they were reviewed; with --live grants made by hand, missing ones, and who sees more or less."""
    context = of(call)
    manifest_with_personas(context)
    if live:
        _check_live(context)
        return
    from review.restricted import against_review

    opened = against_review(context.lake)
    if context.json:
        print_json({"reviewed": not opened, "told": opened.splitlines()})
    else:
        say(opened or "Restricted columns are as they were reviewed.")
    if opened:
        raise typer.Exit(FAILED)


def _check_live(context: Context) -> None:
    release, _, findings = differences(context)
    if context.json:
        print_json({"release": release, "findings": [each.model_dump() for each in findings]})
    else:
        for line in in_words(findings):
            say(line)
        say(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}" if findings else f"The account is as release {release} asks.")
    if findings:
        raise typer.Exit(FAILED)


__all__ = ["check", "mount"]
