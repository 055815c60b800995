"""`lake access check`: whether restricted columns are as they were reviewed, and whether an account is as contracts and personas ask."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli.access.asked import manifest_with_personas
from cli.context import Context, of
from cli.terminal.failures import FAILED
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.access.drift import Finding
    from medallion.manifest.access.permissions import State


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
    release, _, findings = drift_of(context)
    if context.json:
        print_json({"release": release, "findings": [each.model_dump() for each in findings]})
    else:
        for line in lines(findings):
            say(line)
        say(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}" if findings else f"The account is as release {release} asks.")
    if findings:
        raise typer.Exit(FAILED)


def drift_of(context: Context) -> "tuple[str, State, tuple[Finding, ...]]":
    """The deployed release, what the account holds of the lake, and how that differs from what the release asks."""
    from cli.access.live import live_state
    from cli.deployment.deployed import deployed_manifest
    from medallion.manifest.access.drift import access_drift

    release, manifest = deployed_manifest(context)
    held = live_state(context)
    return release, held, access_drift(context.configuration, manifest, held)


def lines(findings: "tuple[Finding, ...]") -> list[str]:
    """Findings for people."""
    titles = {
        "ungoverned": "Not governed:",
        "opens": "Sees more:",
        "rows": "Sees other rows:",
        "by hand": "Granted by hand:",
        "closes": "Sees less (`lake run` applies tags and filters):",
        "missing": "Not granted (`lake deploy` grants by tags):",
    }
    shown: list[str] = []
    for kind, title in titles.items():
        of_kind = [each for each in findings if each.kind == kind]
        shown += [title] if of_kind else []
        shown += [f"  {each.who}: {each.place}: {each.detail}" for each in of_kind]
    return shown


__all__ = ["check", "drift_of", "lines", "mount"]
