"""`lake contracts check --live`: bronze contracts held against what their sources have now."""

from typing import TYPE_CHECKING

import typer

from cli.context import Context
from cli.failures import FAILED
from cli.output import print_json

if TYPE_CHECKING:
    from medallion.manifest.drafting.drift import Drift
    from medallion.manifest.model import Manifest


def check_live(context: Context, manifest: "Manifest") -> None:
    """Tells the drift of every source that can be looked at.

    Raises:
        Exit: With code 1 where a table is stopped by it.
    """
    found, apart = drift_of(context, manifest)
    stopping = [one for one in found if one.stops]
    if context.json:
        print_json({"stopping": bool(stopping), "drift": [one.model_dump() for one in found], "not_looked_at": apart})
    else:
        _tell(found)
        for source in apart:
            typer.echo(f"source {source} is not looked at: only Postgres is")
        tables = len({one.table for one in stopping})
        typer.echo(
            f"{tables} table{'' if tables == 1 else 's'} stopped by drift"
            if stopping
            else "No table is stopped by what its source has now."
        )
    if stopping:
        raise typer.Exit(FAILED)


def drift_of(context: Context, manifest: "Manifest") -> "tuple[tuple[Drift, ...], list[str]]":
    """The drift of all bronze tables, and the sources whose engine can't be looked at."""
    from cli.source import ENGINES, observed
    from medallion.ingest.shape import fits
    from medallion.manifest.configuration import check_sources
    from medallion.manifest.drafting.drift import drift
    from medallion.manifest.model import BronzeTable

    check_sources(context.configuration, manifest, context.lake)
    found: list[Drift] = []
    apart: list[str] = []
    for source in manifest.sources:
        if context.configuration.sources[source].engine not in ENGINES:
            apart.append(source)
            continue
        contracts = [table for table in manifest.tables("bronze") if isinstance(table, BronzeTable) and table.source == source]
        found += drift(contracts, observed(context, source), fits)
    return tuple(found), apart


def _tell(found: "tuple[Drift, ...]") -> None:
    for one in found:
        column = f".{one.column}" if one.column else ""
        typer.echo(f"{'stops' if one.stops else 'flows'}  {one.table}{column}: {one.kind}: {one.detail}")
        if one.accept:
            typer.echo(f"  {one.contract} accepts it with")
            for line in one.accept:
                typer.echo(f"      {line}")


__all__ = ["check_live", "drift_of"]
