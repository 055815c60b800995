"""`lake access diff`: what a change of contracts and personas opens and closes."""

from typing import Annotated

import typer

from cli.access.asked import manifest_with_personas
from cli.context import of
from cli.contracts.base import manifest_of
from cli.terminal.output import print_json, say


def mount(app: typer.Typer) -> None:
    """Adds `diff` to `lake access`."""
    app.command(epilog="Example: `lake access diff origin/main`")(diff)


def diff(
    call: typer.Context,
    base: Annotated[str, typer.Argument(help="What to compare with: a git ref, a manifest.json, or the folder of a lake.")],
) -> None:
    """Tells for whom which column opens, closes or shows other rows, compared with the contracts and personas of a commit."""
    from medallion.manifest.access.matrix import differences, expected_matrix, summary

    context = of(call)
    after = manifest_with_personas(context)
    before = manifest_of(base, context.lake)
    changes = differences(expected_matrix(context.configuration, before), expected_matrix(context.configuration, after))
    if context.json:
        print_json({"changes": [each.model_dump() for each in changes]})
        return
    for line in summary(changes):
        say(line)
    if not changes:
        say(f"Everybody sees what they see at {base}.")


__all__ = ["diff", "mount"]
