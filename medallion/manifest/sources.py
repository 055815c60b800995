"""Whether a source's engine can be read as the contracts want it."""

from collections.abc import Iterator

from medallion.manifest.engines.registry import ENGINES, engine_of
from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest


def unfit_sources(environment: Environment, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each source that a contract reads in a way that its engine does not have, and what is wrong; sources that are missing are not told."""
    for table in manifest.tables("bronze"):
        if table.layer != "bronze" or table.source not in environment.sources:
            continue
        engine = engine_of(environment.sources[table.source])
        if table.mode not in engine.modes:
            fitting = [other.name for other in ENGINES.values() if table.mode in other.modes]
            problem = (
                f"{engine.name!r} is read by {' or '.join(engine.modes)}, and {table.contract} says ingestion: {table.mode}, "
                f"which is of {' and '.join(fitting)}"
            )
            yield table.source, problem
