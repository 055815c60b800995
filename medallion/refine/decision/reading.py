"""What a way to read a source says about the rows that it brings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from medallion.manifest.engines.engine import Way
from medallion.manifest.engines.registry import MODES, way_of
from medallion.manifest.model import BronzeTable, Mode
from medallion.manifest.names import WRITTEN_AT

Clock = Literal["sequence", "written", "ingested"]


@dataclass(frozen=True)
class Reading:
    """What rows mean that were read in one way.

    Attributes:
        complete: Whether a read brings all rows, so that the newest is the truth and a key that it lacks is gone.
        images: The technical columns by which a row says whether it is gone, when that was written and what else its way knows of it,
            with their types; none where rows say no such thing.
        clock: From when a row holds: as its contract's sequence says, where there is one, since it was written, or since it was ingested.
        additive: Whether a key's only row is its first version and needs no comparison where the history is empty.
    """

    complete: bool = False
    images: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = "ingested"
    additive: bool = False


def _of_way(way: Way) -> Reading:
    clock: Clock = "written" if way.tells(WRITTEN_AT) else "sequence" if way.grows else "ingested"
    return Reading(complete=way.complete, images={column.name: column.type for column in way.adds}, clock=clock, additive=way.grows)


READINGS: Mapping[Mode, Reading] = {mode: _of_way(way_of(mode)) for mode in MODES}


def reading_of(bronze: BronzeTable) -> Reading:
    """The way in which a bronze table is read."""
    return READINGS[bronze.mode]
