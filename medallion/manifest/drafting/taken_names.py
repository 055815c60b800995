"""The names that a lake's tables have, and those that new ones get beside them."""

from medallion.manifest.drafting.naming import own_name, unused
from medallion.manifest.model import Manifest


class TakenNames:
    """Gives names that nothing else in the lake has.

    Attributes:
        contracts: The contracts of the source's tables that there are, by the table's name at the source.
    """

    def __init__(self, source: str, manifest: Manifest | None) -> None:
        """Knows the names of the lake's contracts.

        Args:
            source: The logical source of the new tables.
            manifest: The lake's contracts so far; None where there are none.
        """
        self._source = source
        tables = list(manifest.tables()) if manifest else []
        self.contracts = {table.object: table.contract for table in tables if table.layer == "bronze" and table.source == source}
        self._bronze = {table.name.removeprefix(f"{source}__") for table in tables if table.layer == "bronze" and table.source == source}
        self._own = {table.name for table in tables if table.layer != "bronze"}
        self._elsewhere = {
            table.name.removeprefix(f"{table.source}__") for table in tables if table.layer == "bronze" and table.source != source
        }

    def take(self, name: str, schema: str | None = None) -> str | None:
        """A name for a table in bronze and silver; None where nothing of it is a letter or digit.

        Args:
            name: The source's name.
            schema: Where it is at the source, if it is anywhere.
        """
        base = own_name(name, "t")
        if base is None:
            return None
        candidates = [base, f"{own_name(self._source, 's') or 's'}_{base}"]
        if schema is not None:
            candidates.append(f"{own_name(schema, 's') or 's'}_{base}")
        found = unused(candidates, self._bronze | self._own)
        self._bronze.add(found)
        self._own.add(found)
        return found

    def is_ambiguous(self, name: str) -> bool:
        """Whether another source has a bronze table that is called so."""
        return name in self._elsewhere


__all__ = ["TakenNames"]
