"""A source's names as names of the lake: lower-case letters, digits and single underscores, a letter first."""

import re
import unicodedata
from collections.abc import Collection, Iterable

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def own_name(name: str, first: str) -> str | None:
    """The lake's name for a source's, such as `order_items` for `OrderItems`; None where no letter or digit is left.

    Args:
        name: The source's.
        first: What is put before a name that begins with a digit.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parted = re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", plain).lower()).strip("_")
    if not parted:
        return None
    return parted if parted[0].isalpha() else f"{first}_{parted}"


def unused(candidates: Iterable[str], taken: Collection[str]) -> str:
    """The first candidate that nothing else is called, or else the first with the smallest number behind it."""
    ordered = list(candidates)
    for name in ordered:
        if name not in taken:
            return name
    number = 2
    while f"{ordered[0]}_{number}" in taken:
        number += 1
    return f"{ordered[0]}_{number}"


__all__ = ["own_name", "unused"]
