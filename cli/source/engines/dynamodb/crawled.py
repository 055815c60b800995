"""What a crawler found in exports, and how far it is from the contracts."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cli.source.discovered import CrawledTable

if TYPE_CHECKING:
    from medallion.manifest.drafting.difference import Drift
    from medallion.manifest.model import BronzeTable

# Where an export has the attributes of an item, in lower case as the catalog has them.
_IMAGES = ("item", "newimage")


def exported_drift(tables: Sequence[CrawledTable], contracts: Sequence["BronzeTable"]) -> Iterator["Drift"]:
    """The differences between contracts of DynamoDB tables and what a crawler read in their exports: all items, but no number's length."""
    from medallion.manifest.engines.dynamodb.attribute import Attribute
    from medallion.manifest.engines.dynamodb.item_drift import attribute_drift
    from medallion.manifest.engines.dynamodb.item_type import attributes_of, parsed

    by_name = {table.location.rstrip("/").rpartition("/")[2]: table for table in tables}
    for contract in contracts:
        if contract.name not in by_name:
            continue
        table, seen = by_name[contract.name], dict[str, Attribute]()
        for column, type in table.columns:
            if column in _IMAGES:
                for name, attribute in attributes_of(parsed(type)).items():
                    seen[name] = seen[name].with_all(attribute) if name in seen else attribute
        yield from attribute_drift(contract, seen, f"in the exports that a crawler read ({table.at:%Y-%m-%d %H:%M})", digits_known=False)


__all__ = ["exported_drift"]
