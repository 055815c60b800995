"""Custom properties: the few things that the standard has no field for."""

from collections.abc import Iterable, Mapping
from typing import Any

from open_data_contract_standard.model import CustomProperty

from medallion.manifest.errors import InvalidField, Location, UnknownValue
from medallion.manifest.names import Layer

# Of bronze tables that are extracted from documents only.
EXTRACTED = ("documents", "instruction", "irrelevant")
# Documented in docs/interfaces.md; a test holds the two together.
OF_TABLE: Mapping[Layer, tuple[str, ...]] = {
    "bronze": ("ingestion", "watermark", "overlapSeconds", *EXTRACTED),
    "silver": ("sequence", "maximumDeletedShare", "history", "rowsFor"),
    "gold": ("refresh", "inputs", "rowsFor"),
}
OF_COLUMN: Mapping[Layer, tuple[str, ...]] = {"bronze": (), "silver": ("partitionTransform",), "gold": ("partitionTransform", "follows")}
VENDOR = "medallion"


def custom_properties(
    properties: Iterable[CustomProperty] | None, valid: tuple[str, ...], where: Location, problems: list[InvalidField]
) -> dict[str, tuple[Any, Location]]:
    """Value and place of each custom property that is meant for us; another tool's carries its `vendor`."""
    found: dict[str, tuple[Any, Location]] = {}
    for position, item in enumerate(properties or ()):
        place = where.at("customProperties", position)
        name = item.property
        if item.vendor not in (None, VENDOR):
            continue
        if not name:
            problems.append(InvalidField(place.at("property"), "is missing"))
        elif name not in valid:
            problems.append(
                UnknownValue(place.at("property"), name, valid)
                if valid
                else InvalidField(place.at("property"), f"{name!r}: there is no custom property here; another tool's needs its `vendor`")
            )
        elif name in found:
            problems.append(InvalidField(place.at("property"), f"{name!r} appears twice"))
        else:
            found[name] = (item.value, place.at("value"))
    return found


__all__ = ["EXTRACTED", "OF_COLUMN", "OF_TABLE", "VENDOR", "custom_properties"]
