"""`lake contracts discover`: crawlers started, followed, and what they found."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import Context, of
from cli.terminal.failures import FAILED, Interrupted, Refused
from cli.terminal.output import print_json, say

if TYPE_CHECKING:
    from medallion.manifest.model import Manifest

LOCAL_SECONDS, SECONDS = 0.2, 5.0


def mount(app: typer.Typer) -> None:
    """Adds `discover` to `lake contracts`."""
    app.command(epilog="Example: `lake contracts discover store`, then `lake contracts check --live`")(discover)


def discover(
    call: typer.Context,
    source: Annotated[str | None, typer.Argument(help="A logical source; all that contracts read where none is given.")] = None,
) -> None:
    """Starts the sources' crawlers, waits for them, and tells what they found and what of it has a contract."""
    from medallion.manifest.compiler import compile_lake
    from medallion.manifest.engines.registry import engine_of

    context = of(call)
    manifest = compile_lake(context.lake)
    sources = context.configuration.sources
    crawled = [name for name in manifest.sources if name not in sources or engine_of(sources[name]).has_catalog]
    if source is not None and source not in crawled:
        raise Refused(
            f"{source!r} has no crawler: only a database or DynamoDB that contracts read has one; they read {', '.join(crawled) or 'none'}"
        )
    ended = _crawl(context, [source] if source is not None else crawled)
    found = [_found(context, manifest, name, crawler, seconds) for name, (crawler, seconds) in ended.items()]
    if context.json:
        print_json({"crawlers": found})
    else:
        for one in found:
            _tell(one)
        say("Next: `lake contracts check --live` holds what was found against the contracts")
    if any(one["status"] != "SUCCEEDED" for one in found):
        raise typer.Exit(FAILED)


def _crawl(context: Context, sources: list[str]) -> dict[str, tuple[dict[str, Any], float]]:
    """Each crawler once it has ended, and its seconds; one that runs already is waited for."""
    from cli.terminal.bars import running_line
    from cli.terminal.screen import Activity, stderr

    glue, names = context.client("glue"), context.names
    started = time.monotonic()
    for source in sources:
        try:
            glue.start_crawler(Name=names.crawler(source))
        except glue.exceptions.EntityNotFoundException as error:
            raise Refused(f"there is no crawler {names.crawler(source)} in {context.environment}; `lake deploy` makes it") from error
        except glue.exceptions.CrawlerRunningException:
            continue
    ended: dict[str, tuple[dict[str, Any], float]] = {}
    waiting = sources
    try:
        with Activity(stderr(), lambda: [running_line(f"crawling {', '.join(waiting)}", seconds=time.monotonic() - started)]):
            while waiting := [source for source in sources if source not in ended]:
                time.sleep(LOCAL_SECONDS if context.is_local else SECONDS)
                for source in waiting:
                    crawler = glue.get_crawler(Name=names.crawler(source))["Crawler"]
                    if crawler["State"] == "READY":
                        ended[source] = (crawler, time.monotonic() - started)
    except KeyboardInterrupt as error:
        raise Interrupted("Interrupted. The crawlers go on; the same command waits for them again.") from error
    return ended


def _found(context: Context, manifest: "Manifest", source: str, crawler: dict[str, Any], seconds: float) -> dict[str, Any]:
    from cli.source.discovered import crawled
    from cli.source.engines.registry import source_of

    last = crawler["LastCrawl"]
    looked_at = source_of(context, source)
    return {
        "source": source,
        "crawler": crawler["Name"],
        "status": last["Status"],
        "seconds": round(seconds, 1),
        "error": last.get("ErrorMessage"),
        "log": f"{last.get('LogGroup')}: {last.get('LogStream')}",
        "tables": [
            {
                "table": table.name,
                "location": table.location,
                "columns": len(table.columns),
                "contract": looked_at.contract_of(table, manifest.read_from(source)),
            }
            for table in crawled(context, source)
        ],
    }


def _tell(one: dict[str, Any]) -> None:
    tables = one["tables"]
    count = f"{len(tables)} table{'' if len(tables) == 1 else 's'}"
    say(f"{one['source']}: {one['crawler']} {one['status'].lower()} after {one['seconds']} s; {count}")
    if one["error"]:
        say(f"  {one['error']}\n  All of its log: {one['log']}")
    for table in tables:
        say(f"  {table['table']}: {table['columns']} columns, {table['contract'] or 'no contract'}")


__all__ = ["mount"]
