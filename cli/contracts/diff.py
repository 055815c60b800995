"""`lake contracts diff`: what a change of contracts means for tables and readers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import of
from cli.contracts.base import manifest_of
from cli.terminal.failures import FAILED
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.compatibility import Change, Comparison
    from medallion.manifest.model import Manifest


def mount(app: typer.Typer) -> None:
    """Adds `diff` to `lake contracts`."""
    app.command(epilog="Example: `lake contracts diff origin/main`")(diff)


def diff(
    call: typer.Context,
    base: Annotated[str, typer.Argument(help="What to compare with: a git ref, a manifest.json, or the folder of a lake.")],
    allow_breaking: Annotated[bool, typer.Option("--allow-breaking", help="Exit 0 in spite of breaking changes.")] = False,
) -> None:
    """Tells compatible from breaking changes, who may see more or less, and what is hit downstream."""
    from medallion.manifest.compatibility import compare
    from medallion.manifest.compiler import compile_lake

    context = of(call)
    before, after = manifest_of(base, context.lake), compile_lake(context.lake)
    comparison = compare(before, after)
    hits = downstream(comparison, before, after)
    if context.json:
        print_json(
            {
                "breaking": bool(comparison.breaking),
                "changes": [{**change.model_dump(), "hits": hits[change]} for change in comparison.changes],
                "access": [change.model_dump() for change in comparison.access],
            }
        )
    else:
        _tell(comparison, hits, base)
    if comparison.breaking and not allow_breaking:
        raise typer.Exit(FAILED)


def downstream(comparison: "Comparison", before: "Manifest", after: "Manifest") -> "dict[Change, list[str]]":
    """What each change hits beyond its own column, by lineage; nothing for what is only new."""
    from medallion.manifest.compiler.lineage import lineage
    from medallion.manifest.lineage import Place

    # What is gone was used by what there was; everything else is used by what there will be.
    was, will_be = lineage(before), lineage(after)
    columns = {f"{table.layer}.{table.name}": [column.name for column in table.columns] for table in before.tables()}
    hits: dict[Change, list[str]] = {}
    for change in comparison.changes:
        if change.kind == "added":
            hits[change] = []
            continue
        origins = [Place(change.table, change.column)]
        if change.column is None:
            origins += [
                Place(change.table, column) for column in columns.get(change.table, ()) if change.kind in ("dropped", "origin", "values")
            ]
        graph = was if change.kind == "dropped" else will_be
        hits[change] = [str(place) for place in graph.made_from(*origins)]
    return hits


def _tell(comparison: "Comparison", hits: "dict[Change, list[str]]", base: str) -> None:
    for title, changes in (
        ("Breaking", comparison.breaking),
        ("Compatible", [change for change in comparison.changes if not change.breaking]),
    ):
        if changes:
            say(f"{title}:")
        for change in changes:
            column = f".{change.column}" if change.column else ""
            say(f"  {change.table}{column}: {change.kind}: {change.detail}")
            if hits[change]:
                say(f"    hits {', '.join(hits[change])}")
    if comparison.access:
        say("Who may see it:")
    for access in comparison.access:
        told: Any = f"{access.before or 'new'} → {access.after}"
        say(f"  {access.table}.{access.column}: {'opened' if access.opened else 'closed'}: {told}")
    if not comparison.changes and not comparison.access:
        say(f"The contracts mean the same as those of {base}.")
    elif comparison.breaking:
        say("Make a breaking change in a new table beside the old one (TABLE_v2), and let readers move; --allow-breaking lets it pass.")


__all__ = ["downstream", "mount"]
