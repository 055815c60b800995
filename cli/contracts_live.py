"""`lake contracts check --live`: bronze contracts held against what their sources have now, and what crawlers found."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from cli.context import Context
from cli.discovered import crawled, exported_drift, observed_by_crawler, uncontracted
from cli.failures import FAILED, Unreachable
from cli.output import print_json, say
from cli.source_items import SAMPLE, ItemSource, told

if TYPE_CHECKING:
    from medallion.manifest.drafting.draft import Sampled
    from medallion.manifest.drafting.drift import Drift
    from medallion.manifest.environment import DynamoDbSource, PostgresSource
    from medallion.manifest.model import BronzeTable, Manifest


@dataclass(frozen=True)
class Looked:
    """What a look at all sources found.

    Attributes:
        drift: All differences.
        sampled: What looking at items took.
        crawled_only: Sources that did not answer, of which only what a crawler found was looked at.
    """

    drift: "tuple[Drift, ...]" = ()
    sampled: "tuple[Sampled, ...]" = ()
    crawled_only: tuple[str, ...] = ()


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
    """The drift of all bronze tables: from their sources as they are now, and from what crawlers found where that says more.

    Documents are not looked at: they have the same columns whatever they say.
    """
    from medallion.manifest.configuration import check_sources
    from medallion.manifest.environment import DynamoDbSource, PostgresSource
    from medallion.manifest.model import BronzeTable

    check_sources(context.configuration, manifest, context.lake)
    found: list[Looked] = []
    for source in manifest.sources:
        contracts = [table for table in manifest.tables("bronze") if isinstance(table, BronzeTable) and table.source == source]
        settings = context.configuration.sources[source]
        if isinstance(settings, PostgresSource):
            found.append(_database(context, source, settings, contracts))
        elif isinstance(settings, DynamoDbSource):
            found.append(_items(context, source, settings, contracts))
    return Looked(
        drift=tuple(drift for one in found for drift in one.drift),
        sampled=tuple(sampled for one in found for sampled in one.sampled),
        crawled_only=tuple(source for one in found for source in one.crawled_only),
    )


def _database(context: Context, source: str, settings: "PostgresSource", contracts: "list[BronzeTable]") -> Looked:
    from cli.source import observed
    from medallion.manifest.drafting.drift import drift
    from medallion.manifest.widening import fits

    tables = crawled(context, source)
    new = tuple(uncontracted(source, settings, tables, contracts))
    try:
        return Looked(drift=drift(contracts, observed(context, source), fits) + new)
    except Unreachable:
        if not tables:
            raise
        return Looked(drift=drift(contracts, observed_by_crawler(settings, tables, contracts), fits) + new, crawled_only=(source,))


def _items(context: Context, source: str, settings: "DynamoDbSource", contracts: "list[BronzeTable]") -> Looked:
    from medallion.manifest.drafting.draft import Sampled
    from medallion.manifest.drafting.item_drift import item_drift

    tables = ItemSource(context, source, settings)
    there = set(tables.objects())
    observed = [tables.look(name, SAMPLE) for name in sorted({contract.object for contract in contracts} & there)]
    live = item_drift(contracts, observed)
    told_already = {(one.table, one.column) for one in live}
    exported = tuple(one for one in exported_drift(crawled(context, source), contracts) if (one.table, one.column) not in told_already)
    return Looked(
        drift=live + exported,
        sampled=tuple(Sampled(table=one.name, items=one.items, whole=one.whole, read_units=one.capacity) for one in observed),
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
