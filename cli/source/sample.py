"""A bounded number of a source's items, where only items say what it holds."""

SAMPLE = 1000


def told(table: str, items: int, read_units: float, *, whole: bool) -> str:
    """What a look took, for people."""
    count = f"all {items:,}" if whole else f"{items:,}"
    return f"looked at {count} item{'' if items == 1 else 's'} of {table}, which took {read_units:g} read units"


__all__ = ["SAMPLE", "told"]
