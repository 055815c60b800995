"""How an account's grants, tags and filters differ from what its deployed release asks."""

from typing import TYPE_CHECKING

from cli.context import Context

if TYPE_CHECKING:
    from medallion.manifest.access.drift import Finding
    from medallion.manifest.access.permissions import State


def differences(context: Context) -> "tuple[str, State, tuple[Finding, ...]]":
    """The deployed release, what the account holds of the lake, and how that differs from what the release asks."""
    from cli.access.live import live_state
    from cli.deployment.deployed import deployed_manifest
    from medallion.manifest.access.drift import access_drift

    release, manifest = deployed_manifest(context)
    held = live_state(context)
    return release, held, access_drift(context.configuration, manifest, held)


def in_words(findings: "tuple[Finding, ...]") -> list[str]:
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


__all__ = ["differences", "in_words"]
