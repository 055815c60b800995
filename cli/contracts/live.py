"""`lake contracts check --live`: bronze contracts held against what their sources have now, and what crawlers found."""

from typing import TYPE_CHECKING

import typer

from cli.context import Context
from cli.source.engines.source import Looked
from cli.source.sample import told
from cli.terminal.failures import FAILED
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.drafting.difference import Drift
    from medallion.manifest.model import Manifest


def check_live(context: Context, manifest: "Manifest") -> None:
    """Tells the drift of every source.

    Raises:
        Exit: With code 1 where a table is stopped by it.
    """
    looked = look(context, manifest)
    stopping = [one for one in looked.drift if one.stops]
    if context.json:
        print_json(
            {
                "stopping": bool(stopping),
                "drift": [one.model_dump() for one in looked.drift],
                "not_looked_at": list(looked.crawled_only),
                "sampled": [one.model_dump() for one in looked.sampled],
            }
        )
    else:
        _tell(looked.drift)
        for one in looked.sampled:
            say(told(one.table, one.items, one.read_units, whole=one.whole))
        for source in looked.crawled_only:
            say(f"source {source} did not answer: its contracts were held against what its crawler found")
        tables = len({one.table for one in stopping})
        say(
            f"{tables} table{'' if tables == 1 else 's'} stopped by drift"
            if stopping
            else "No table is stopped by what its source has now."
        )
    if stopping:
        raise typer.Exit(FAILED)


def look(context: Context, manifest: "Manifest") -> Looked:
    """The drift of all bronze tables: from their sources as they are now, and from what crawlers found where that says more."""
    from cli.source.engines.registry import source_of
    from medallion.manifest.configuration import check_sources

    check_sources(context.configuration, manifest, context.lake)
    found = [source_of(context, source).look(manifest.read_from(source)) for source in manifest.sources]
    return Looked(
        drift=tuple(drift for one in found for drift in one.drift),
        sampled=tuple(sampled for one in found for sampled in one.sampled),
        crawled_only=tuple(source for one in found for source in one.crawled_only),
    )


def _tell(found: "tuple[Drift, ...]") -> None:
    for one in found:
        column = f".{one.column}" if one.column else ""
        say(f"{'stops' if one.stops else 'flows'}  {one.table}{column}: {one.kind}: {one.detail}")
        if one.accept:
            say(f"  {one.contract} accepts it with")
            for line in one.accept:
                say(f"      {line}")


__all__ = ["check_live", "look"]
