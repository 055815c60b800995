"""Whether a source can be what an environment says, and be read as the contracts want it."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

from medallion.manifest.engines.registry import ENGINES, engine_of, way_of
from medallion.manifest.environment import Environment
from medallion.manifest.identifier import LAPTOP
from medallion.manifest.model import BronzeTable, Classification, Manifest

# The least secret first.
_SECRECY: tuple[Classification, ...] = get_args(Classification)


class Unfit(NamedTuple):
    """What is wrong with a source.

    Attributes:
        source: The logical source.
        field: The field of its configuration.
        problem: What a contract or the environment wants of it, and what would be right.
    """

    source: str
    field: str
    problem: str


def unfit_sources(environment: Environment, manifest: Manifest) -> Iterator[Unfit]:
    """What sources can't be in this environment, and what contracts want of them and can't have; sources that are missing are not told."""
    if environment.name != LAPTOP:
        for name, source in environment.sources.items():
            yield from (Unfit(name, field, problem) for field, problem in source.laptop_only.items())
    bronze = {table.name: table for table in manifest.tables("bronze") if isinstance(table, BronzeTable)}
    for table in bronze.values():
        if table.source not in environment.sources:
            continue
        source = environment.sources[table.source]
        engine = engine_of(source)
        if table.mode not in engine.modes:
            fitting = [other.name for other in ENGINES.values() if table.mode in other.modes]
            problem = (
                f"{engine.name!r} is read by {' or '.join(engine.modes)}, and {table.contract} says ingestion: {table.mode}, "
                f"which is of {' and '.join(fitting)}"
            )
            yield Unfit(table.source, "engine", problem)
        elif table.extraction is not None and source.sends_out is not None:
            yield from _kept_secrets(table, bronze[table.extraction.documents], source.sends_out)


def _kept_secrets(table: BronzeTable, documents: BronzeTable, sends_out: Classification) -> Iterator[Unfit]:
    """That a source sends no text out of the account that is more secret than its configuration allows."""
    text = documents.column(way_of(documents.mode).text)
    if _SECRECY.index(text.classification) > _SECRECY.index(sends_out):
        yield Unfit(
            table.source,
            "leaves",
            f"lets text out of the account that is {sends_out} or less, and {table.contract} asks about the {text.classification} column "
            f"{text.name} of {documents.contract}; allow it here by leaves: {text.classification}, or classify the column otherwise "
            f"({', '.join(_SECRECY)}), or take a provider that sends nothing out",
        )


__all__ = ["Unfit", "unfit_sources"]
