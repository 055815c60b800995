"""The Glue catalog and S3 as the one who asks may see them: every call is made with the caller's own credentials."""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from local.clients import Clients
from local.services.athena.errors import NotAuthorized, QueryFailed, SchemaNotFound

_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "403"})
_MISSING = frozenset({"EntityNotFoundException"})


class Caller:
    """The one who asks.

    Args:
        environment: The variables that make an SDK act as the caller: endpoint, region and keys.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._clients = Clients(environment)

    def check_file(self, table: Mapping[str, Any]) -> None:
        """Checks that the caller may read the file in S3 with which reading an Iceberg table begins.

        Raises:
            NotAuthorized: The caller may not.
            QueryFailed: It is not an Iceberg table.
        """
        bucket, key = _place(metadata_location(table))
        try:
            self._clients.of("s3").head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if _denied(error):
                raise NotAuthorized("Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)") from error
            # What is wrong with a file, the engine says better.
            if error.response["Error"].get("Code") not in {"404", "NoSuchKey", "NoSuchBucket"}:
                raise QueryFailed("GENERIC_INTERNAL_ERROR", str(error), system=True) from error

    def listed(self) -> dict[str, list[dict[str, Any]]]:
        """The tables of each database, as far as the caller may list them."""
        found: dict[str, list[dict[str, Any]]] = {}
        with contextlib.suppress(NotAuthorized):
            for database in self.databases():
                name = str(database["Name"])
                found[name] = []
                with contextlib.suppress(NotAuthorized):
                    found[name] = self.tables(name)
        return found

    def table(self, database: str, table: str) -> dict[str, Any]:
        """A table as Glue shows it to the caller.

        Raises:
            SchemaNotFound: There is no such database.
            LookupError: There is no such table.
            NotAuthorized: The caller may not see it.
        """
        try:
            found: dict[str, Any] = dict(self._clients.of("glue").get_table(DatabaseName=database, Name=table)["Table"])
        except ClientError as error:
            raise self._missing(error, database, table) from error
        return found

    def tables(self, database: str, pattern: str | None = None) -> list[dict[str, Any]]:
        """The tables of a database by name; raises as `table`."""
        try:
            pages = self._clients.of("glue").get_paginator("get_tables").paginate(DatabaseName=database)
            found = [dict(table) for page in pages for table in page["TableList"]]
        except ClientError as error:
            raise _translated(error, database, "") from error
        return sorted((table for table in found if matches(pattern, table["Name"])), key=lambda table: str(table["Name"]))

    def database(self, name: str) -> dict[str, Any]:
        """A database as Glue has it; raises as `table`."""
        try:
            return dict(self._clients.of("glue").get_database(Name=name)["Database"])
        except ClientError as error:
            raise _translated(error, name, "") from error

    def databases(self, pattern: str | None = None) -> list[dict[str, Any]]:
        """All databases as Glue has them, by name."""
        try:
            pages = self._clients.of("glue").get_paginator("get_databases").paginate()
            found = [dict(database) for page in pages for database in page["DatabaseList"]]
        except ClientError as error:
            raise _translated(error, "", "") from error
        return sorted((database for database in found if matches(pattern, database["Name"])), key=lambda database: str(database["Name"]))

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Another call as the caller.

        Raises:
            NotAuthorized: The caller may not make it.
            QueryFailed: It failed.
        """
        try:
            return dict(getattr(self._clients.of(service), operation)(**request))
        except ClientError as error:
            message = str(error.response["Error"].get("Message"))
            raise NotAuthorized(message) if _denied(error) else QueryFailed("INVALID_ARGUMENTS", message) from error

    def write(self, url: str, content: bytes, kind: str) -> None:
        """Puts a result to S3.

        Raises:
            QueryFailed: The bucket is not there, or the caller may not write to it.
        """
        bucket, key = _place(url)
        try:
            self._clients.of("s3").put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind)
        except ClientError as error:
            reason = f"Unable to verify/create output bucket {bucket}: {error.response['Error'].get('Message')}"
            raise QueryFailed("PERMISSION_DENIED" if _denied(error) else "INVALID_OUTPUT_LOCATION", reason) from error

    def read(self, url: str) -> bytes:
        """A result from S3.

        Raises:
            QueryFailed: It is gone, or the caller may not read it.
        """
        bucket, key = _place(url)
        try:
            content: bytes = self._clients.of("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise QueryFailed("PERMISSION_DENIED" if _denied(error) else "NOT_FOUND", f"Could not read {url}: {error}") from error
        return content

    def _missing(self, error: ClientError, database: str, table: str) -> Exception:
        translated = _translated(error, database, table)
        if type(translated) is LookupError:
            try:
                self._clients.of("glue").get_database(Name=database)
            except ClientError as second:
                # One who may not see the database learns only that there is no such table.
                return translated if _denied(second) else _translated(second, database, "")
        return translated


def columns(table: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, Hive type and comment of a table's columns; those that an Iceberg table once had are left out."""
    for column in table.get("StorageDescriptor", {}).get("Columns", []):
        if column.get("Parameters", {}).get("iceberg.field.current") != "false":
            yield str(column["Name"]), str(column.get("Type", "string")), str(column.get("Comment", ""))


def is_view(table: Mapping[str, Any]) -> bool:
    """Whether an entry of Glue is a view."""
    return table.get("TableType") == "VIRTUAL_VIEW"


def is_iceberg(table: Mapping[str, Any]) -> bool:
    """Whether an entry of Glue is an Iceberg table."""
    return bool(table.get("Parameters", {}).get("metadata_location"))


def metadata_location(table: Mapping[str, Any]) -> str:
    """The metadata file of an Iceberg table.

    Raises:
        QueryFailed: It is none.
    """
    location = table.get("Parameters", {}).get("metadata_location")
    if not location:
        raise QueryFailed(
            "NOT_SUPPORTED", f"{table['DatabaseName']}.{table['Name']} is not an Iceberg table; the laptop's Athena reads no other"
        )
    return str(location)


def matches(pattern: str | None, name: str) -> bool:
    """Whether a name fits the pattern of SHOW TABLES: `*` or `.*` stands for any text, `|` parts choices, and nothing else is special."""
    # No regular expression: one that a caller makes for it can hold Python's, and with it the whole laptop, for hours.
    return pattern is None or any(_fits(re.split(r"\.?\*", choice), name) for choice in pattern.split("|"))


def _place(url: str) -> tuple[str, str]:
    """Bucket and key; a question mark is part of a key."""
    bucket, _, key = url.partition("://")[2].partition("/")
    return bucket, key


def _fits(parts: Sequence[str], name: str) -> bool:
    """Whether a name has these parts one after another, with any text between them."""
    first, *between = parts
    if not between:
        return name == first
    *between, last = between
    place = len(first)
    for part in between:
        place = name.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return name.startswith(first) and name.endswith(last) and place + len(last) <= len(name)


def _denied(error: ClientError) -> bool:
    return error.response["Error"].get("Code") in _DENIED


def _translated(error: ClientError, database: str, table: str) -> Exception:
    message = str(error.response["Error"].get("Message", ""))
    if _denied(error):
        return NotAuthorized(message)
    if error.response["Error"].get("Code") in _MISSING:
        return SchemaNotFound(database) if not table or message.lower().startswith("database") else LookupError(table)
    return QueryFailed("GENERIC_INTERNAL_ERROR", str(error), system=True)
