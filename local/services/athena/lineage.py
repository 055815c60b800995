"""Under which names the fields of an Iceberg table were known: an older snapshot is read with the schema of its time."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.services.athena.errors import QueryFailed

KEPT = 500


@dataclass(frozen=True)
class Lineage:
    """The top-level fields of a table, from all schemas that its metadata holds, the oldest first.

    Attributes:
        schemas: The id of each field by its name, in lower case.
        current: The same of the schema that holds now.
    """

    schemas: tuple[Mapping[str, int], ...]
    current: Mapping[str, int]

    @property
    def names(self) -> frozenset[str]:
        """All names that there ever were."""
        return frozenset(name for schema in (*self.schemas, self.current) for name in schema)

    @property
    def latest_names(self) -> frozenset[str]:
        """What each field is called now, or was last."""
        return frozenset(self._latest_name(field) for schema in (*self.schemas, self.current) for field in schema.values())

    def means_one_thing(self, name: str, seen: frozenset[str]) -> bool:
        """Whether a name stood in no schema for a field that is called otherwise now, and is not among those seen."""
        fields = {schema[name] for schema in (*self.schemas, self.current) if name in schema}
        return all(latest == name or latest in seen for latest in map(self._latest_name, fields))

    def _latest_name(self, field: int) -> str:
        for schema in (self.current, *reversed(self.schemas)):
            for name, known in schema.items():
                if known == field:
                    return name
        raise KeyError(field)


def lineage_of(metadata: Mapping[str, Any]) -> Lineage:
    """The lineage in an Iceberg metadata file.

    Raises:
        QueryFailed: It is none.
    """
    try:
        schemas = {int(schema["schema-id"]): _fields(schema) for schema in metadata["schemas"]}
        current = schemas[int(metadata["current-schema-id"])]
    except (KeyError, TypeError, ValueError) as error:
        raise QueryFailed("ICEBERG_INVALID_METADATA", "the table's metadata does not say what its columns are") from error
    return Lineage(tuple(schemas[number] for number in sorted(schemas)), current)


class Lineages:
    """The lineages of the tables that were read last; a metadata file never changes."""

    def __init__(self, read: Callable[[str], Mapping[str, Any]]) -> None:
        """Knows none yet.

        Args:
            read: The content of a metadata file by its S3 URL.
        """
        self._read = read
        self._kept: OrderedDict[str, Lineage] = OrderedDict()

    def of(self, location: str) -> Lineage:
        """That in a metadata file."""
        known = self._kept.get(location)
        if known is None:
            known = self._kept[location] = lineage_of(self._read(location))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return known


def _fields(schema: Mapping[str, Any]) -> dict[str, int]:
    return {str(field["name"]).lower(): int(field["id"]) for field in schema["fields"]}
