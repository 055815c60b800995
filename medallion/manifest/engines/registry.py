"""All engines that there are."""

from collections.abc import Iterable, Mapping

from medallion.manifest.engines.documents.engine import DOCUMENTS
from medallion.manifest.engines.dynamodb.engine import DYNAMODB
from medallion.manifest.engines.engine import Engine, Way
from medallion.manifest.engines.extraction.engine import EXTRACTION
from medallion.manifest.engines.postgres.engine import POSTGRES
from medallion.manifest.engines.source import SourceSettings
from medallion.manifest.model import Mode

ENGINES: Mapping[str, Engine] = {engine.name: engine for engine in (POSTGRES, DYNAMODB, DOCUMENTS, EXTRACTION)}


def by_mode(engines: Iterable[Engine]) -> dict[str, tuple[Engine, Way]]:
    """Each way to read by what contracts call it, with the engine that it belongs to.

    Raises:
        ValueError: Two engines call a way the same; a contract names no engine, so nobody could tell which is meant.
    """
    found: dict[str, tuple[Engine, Way]] = {}
    for engine in engines:
        for way in engine.ways:
            if way.mode in found:
                raise ValueError(
                    f"ingestion {way.mode!r} is of {found[way.mode][0].name} and of {engine.name}: each needs a name of its own"
                )
            found[way.mode] = engine, way
    return found


_BY_MODE = by_mode(ENGINES.values())
MODES: tuple[Mode, ...] = tuple(way.mode for _, way in _BY_MODE.values())


def engine_of(source: SourceSettings) -> Engine:
    """The engine of a configured source."""
    return ENGINES[source.engine]


def uploaded(sources: Mapping[str, SourceSettings]) -> frozenset[str]:
    """The names of those sources that people upload."""
    return frozenset(name for name, source in sources.items() if engine_of(source).is_uploaded)


def engine_of_mode(mode: str) -> tuple[Engine, Way] | None:
    """The engine that reads tables in a way, and that way; None where there is none of that name."""
    return _BY_MODE.get(mode)


def way_of(mode: Mode) -> Way:
    """How a table of that mode is read."""
    return _BY_MODE[mode][1]
