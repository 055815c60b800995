"""Whether a source's engine can be read as the contracts want it."""

from collections.abc import Iterator

from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest

MODES_OF_ENGINE = {"postgres": ("snapshot", "incremental"), "dynamodb": ("export",), "documents": ("documents",)}


def unfit_sources(environment: Environment, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each source that a contract reads in a way that its engine does not have, and what is wrong; sources that are missing are not told."""
    for table in manifest.tables("bronze"):
        if table.layer != "bronze" or table.source not in environment.sources:
            continue
        engine = environment.sources[table.source].engine
        if table.mode not in MODES_OF_ENGINE[engine]:
            fitting = [name for name, modes in MODES_OF_ENGINE.items() if table.mode in modes]
            problem = (
                f"{engine!r} is read by {' or '.join(MODES_OF_ENGINE[engine])}, and {table.contract} says ingestion: {table.mode}, "
                f"which is of {' and '.join(fitting)}"
            )
            yield table.source, problem


__all__ = ["MODES_OF_ENGINE", "unfit_sources"]
