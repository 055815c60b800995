"""Changes, in the scratch database of a workgroup alone: where they may be made, and which rights of the caller they need.

One mechanism writes the lake's tables; so Athena changes none of them. A workgroup has a scratch database if its tag says so.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.services.athena.errors import NotAuthorized, QueryFailed, Unsupported
from local.services.athena.sql.changes import table_properties
from local.services.athena.sql.statements import Change, Write
from local.services.athena.sql.tokens import tokens

SCRATCH_TAG = "scratch-database"

_NEEDS_TABLE: frozenset[Change] = frozenset(
    {"INSERT INTO", "MERGE INTO", "DELETE FROM", "UPDATE", "OPTIMIZE", "VACUUM", "ALTER TABLE RENAME"}
)
_DELETES: frozenset[Change] = frozenset({"DROP TABLE", "VACUUM"})

_SCHEMES = frozenset({"s3", "s3a", "s3n"})
_PATHS = ("write.data.path", "write.metadata.path", "write.object-storage.path", "write.folder-storage.path")

type Denial = Callable[[str, str], str | None]
"""Why the caller may not do an action with a resource; None if it may."""


@dataclass(frozen=True)
class Scratch:
    """Where a workgroup's statements may change something.

    Attributes:
        database: Its scratch database, None if it has none.
        catalog: The ARN of the Glue catalog without its last word: `arn:aws:glue:<region>:<account>:`.
        denial: Of the caller.
    """

    database: str | None
    catalog: str
    denial: Denial

    def check(self, write: Write, database: str | None) -> str:
        """The database of a change.

        Args:
            write: The change.
            database: That of the query, for a target without one.

        Raises:
            Unsupported: It is not the scratch database, or there is none.
        """
        own = (self.database or "").lower()
        for table in (write.target, write.renamed):
            if table is not None and (not own or (table.database or database or "").lower() != own):
                raise Unsupported(f"{write.kind} outside a workgroup's scratch database")
        return own

    def authorize(self, write: Write, place: str, *, exists: bool, locations: Collection[str]) -> None:
        """Checks that the caller may do itself what is done in its place.

        Args:
            write: The change.
            place: Its database.
            exists: Whether the target is there.
            locations: Where the target's files are or would be; none for a view.

        Raises:
            NotAuthorized: The caller may not.
            QueryFailed: One of the locations is none.
        """
        for action, resource in self._needed(write, place, exists=exists, locations=locations):
            if (reason := self.denial(action, resource)) is not None:
                raise NotAuthorized(reason)

    def _needed(self, write: Write, place: str, *, exists: bool, locations: Collection[str]) -> Iterator[tuple[str, str]]:
        for name in ("catalog", f"database/{place}", f"table/{place}/{write.target.name}"):
            yield _glue_action(write.kind, exists=exists), f"{self.catalog}{name}"
        if write.renamed is not None:
            for name in ("catalog", f"database/{place}", f"table/{place}/{write.renamed.name}"):
                yield "glue:CreateTable", f"{self.catalog}{name}"
            # Its files stay where they are.
            return
        for location in locations:
            # Not as an address on the web: a question mark or a fragment is part of the key.
            scheme, _, place_in_s3 = location.partition("://")
            bucket, _, key = place_in_s3.partition("/")
            if scheme not in _SCHEMES or not bucket:
                raise QueryFailed("INVALID_TABLE_PROPERTY", "a table needs a location in S3, its own or its database's")
            files = f"arn:aws:s3:::{bucket}/{key.rstrip('/')}".rstrip("/") + "/data/file"
            if write.kind != "DROP TABLE":
                yield "s3:PutObject", files
            if write.kind in _DELETES:
                yield "s3:DeleteObject", files


def location_of_new(write: Write) -> str:
    """Where CREATE TABLE AS puts its table.

    Raises:
        Unsupported: The location is no plain text, so that nobody could say what Trino makes of it.
    """
    given = table_properties(write.properties)["location"]
    found = tokens(given)
    if len(found) != 1 or found[0].kind != "string":
        raise Unsupported("a location that is computed in CREATE TABLE AS")
    return found[0].value


def locations_of(metadata: Mapping[str, Any]) -> list[str]:
    """Where the files of a table are and are written, by its Iceberg metadata: an entry in Glue may say anything."""
    properties = metadata.get("properties", {})
    written = [str(metadata["location"]), *(str(properties[name]) for name in _PATHS if name in properties)]
    return list(dict.fromkeys([*written, *(file.rpartition("/")[0] for file in _named(metadata))]))


def _named(metadata: Mapping[str, Any]) -> Iterator[str]:
    """The files that it names itself: they go with the table, and whoever wrote the metadata may have named another's."""
    for snapshot in metadata.get("snapshots", []):
        lists = [snapshot["manifest-list"]] if "manifest-list" in snapshot else []
        yield from (str(file) for file in [*lists, *snapshot.get("manifests", [])])
    for entries, name in (
        ("metadata-log", "metadata-file"),
        ("statistics", "statistics-path"),
        ("partition-statistics", "statistics-path"),
    ):
        yield from (str(entry[name]) for entry in metadata.get(entries, []))


def deletes(write: Write) -> bool:
    """Whether a change of a table takes files away."""
    return write.kind in _DELETES


def needs_table(write: Write) -> bool:
    """Whether a change is one of a table that is there, which its caller must be able to read."""
    return write.kind in _NEEDS_TABLE


def _glue_action(kind: Change, *, exists: bool) -> str:
    if kind in {"DROP TABLE", "DROP VIEW", "ALTER TABLE RENAME"}:
        return "glue:DeleteTable"
    if kind in _NEEDS_TABLE or (kind == "CREATE VIEW" and exists):
        return "glue:UpdateTable"
    return "glue:CreateTable"
