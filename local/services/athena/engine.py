"""One query in a DuckDB of its own, in memory, that holds only views of the tables which the query names."""

import importlib.util
import json
import re
import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from local.services.athena import values
from local.services.athena.errors import NotAuthorized, QueryFailed, ScanLimit, SchemaNotFound
from local.services.athena.sql import dialect, rewrite
from local.services.athena.sql.dialect import Query

EXTENSIONS = ("httpfs", "avro", "iceberg")
MEMORY = "4GB"
THREADS = 2

# Where a table may keep files beside its location.
_PATHS = ("write.data.path", "write.metadata.path", "write.object-storage.path", "write.folder-storage.path")
_CODE = re.compile(r"\b([A-Z]+(?:_[A-Z]+)+): (.*)", re.DOTALL)

type Locate = Callable[[str, str], str]
"""The metadata file of a table by database and name; raises QueryFailed where there is none or the caller may not see it."""


@dataclass(frozen=True)
class Storage:
    """How S3 is reached, and as whom.

    Attributes:
        endpoint: Host and port.
        region: An AWS region.
        key: The caller's access key.
        secret: Its secret.
        token: Its session token, empty where there is none.
    """

    endpoint: str
    region: str
    key: str
    secret: str
    token: str = ""


@dataclass(frozen=True)
class Result:
    """What a query gave.

    Attributes:
        columns: In order.
        rows: Values as Athena writes them; None for null.
        scanned_bytes: The size, in the tables' data files, of the columns that were needed, and of all delete files.
    """

    columns: tuple[values.Column, ...]
    rows: tuple[tuple[str | None, ...], ...]
    scanned_bytes: int = 0


class Engine:
    """Runs one query once."""

    def __init__(self, storage: Storage | None) -> None:
        self._storage = storage
        self._connection = duckdb.connect(":memory:", config={"allow_unsigned_extensions": "true"})
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ends the query from another thread; `run` then raises InterruptedError."""
        self._stopped.set()
        self._connection.interrupt()

    def run(self, query: Query, database: str | None, locate: Locate, limit_bytes: int | None = None) -> Result:
        """The query's result.

        Args:
            query: Parsed and checked.
            database: Where tables without a database are.
            locate: Finds the tables, with the caller's rights.
            limit_bytes: More than this is not read.

        Raises:
            QueryFailed: Athena would answer FAILED.
            ScanLimit: It would read more than `limit_bytes`.
            InterruptedError: It was stopped.
        """
        try:
            tree = query.tree.copy()
            located = _locate_all(query.text, tree, database, locate)
            self._open(located.values())
            views = {view: self._view(view, location) for view, location in located.items()}
            plan = rewrite.plan(tree, views)
            scanned = sum(self._bytes(located[view], columns) for view, columns in plan.reads.items())
            if limit_bytes is not None and scanned > limit_bytes:
                raise ScanLimit(scanned, limit_bytes)
            return self._fetch(plan, scanned)
        except duckdb.Error as error:
            if self._stopped.is_set():
                raise InterruptedError("Query was cancelled by user") from error
            raise _failure(error) from error
        finally:
            self._connection.close()

    def _open(self, locations: Collection[str]) -> None:
        execute, files = self._connection.execute, bool(locations)
        for name in EXTENSIONS if files else ():
            execute(f"LOAD {_quoted(_extension(name))}")
        if files and self._storage is not None:
            s3 = self._storage
            options = {"key_id": s3.key, "secret": s3.secret, "session_token": s3.token, "region": s3.region, "endpoint": s3.endpoint}
            given = ", ".join(f"{name} {_quoted(value)}" for name, value in options.items() if value)
            execute(f"CREATE SECRET athena (TYPE s3, {given}, url_style 'path', use_ssl false)")
        for macro in rewrite.MACROS:
            execute(macro)
        for setting in (
            "TimeZone = 'UTC'",
            "default_null_order = 'nulls_last'",
            "integer_division = true",
            f"memory_limit = '{MEMORY}'",
            f"threads = {THREADS}",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            # No name in a query may mean a variable of this process.
            "python_enable_replacements = false",
            # From here on nothing reaches a file but those of the tables, and nothing can be set any more.
            f"allowed_directories = [{', '.join(map(_quoted, self._directories(locations)))}]",
            "enable_external_access = false",
            "disabled_filesystems = 'LocalFileSystem'",
            "lock_configuration = true",
        ):
            execute(f"SET {setting}")

    def _directories(self, locations: Collection[str]) -> list[str]:
        found: set[str] = set()
        for location in locations:
            metadata = self._metadata(location)
            given = {metadata.get("location"), *(metadata.get("properties", {}).get(name) for name in _PATHS)}
            found |= {str(path).rstrip("/") + "/" for path in (location.rpartition("/")[0], *given) if path}
        return sorted(found)

    def _metadata(self, location: str) -> dict[str, Any]:
        content = self._connection.execute(f"SELECT content FROM read_text({_quoted(location)})").fetchall()[0][0]
        metadata: dict[str, Any] = json.loads(content)
        return metadata

    def _view(self, name: str, location: str) -> rewrite.Types:
        self._connection.execute(f"CREATE VIEW {name} AS SELECT * FROM iceberg_scan({_quoted(location)})")
        rows = self._connection.execute(f"DESCRIBE {name}").fetchall()
        return {str(row[0]).lower(): exp.DataType.build(row[1], dialect="duckdb") for row in rows}

    def _fetch(self, plan: rewrite.Plan, scanned: int) -> Result:
        inner = ", ".join(f"c{index}" for index in range(len(plan.columns)))
        described = self._connection.sql(f"SELECT * FROM ({plan.sql}) AS q({inner})")
        types: list[Any] = described.types
        chosen = ", ".join(values.projection(f"c{index}", kind) for index, kind in enumerate(types))
        cursor = self._connection.execute(f"SELECT {chosen} FROM ({plan.sql}) AS q({inner})")
        rows: list[tuple[str | None, ...]] = []
        while batch := cursor.fetchmany(10_000):
            rows.extend(tuple(values.text(value, kind) for value, kind in zip(row, types, strict=True)) for row in batch)
        columns = tuple(values.column(name, kind) for name, kind in zip(plan.columns, types, strict=True))
        return Result(columns, tuple(rows), scanned)

    def _bytes(self, location: str, columns: frozenset[str]) -> int:
        ids = [number for name, number in _field_ids(self._metadata(location)) if name in columns]
        manifests = self._connection.execute(f"SELECT DISTINCT manifest_path FROM iceberg_metadata({_quoted(location)})").fetchall()
        if not manifests:
            return 0
        paths = "[" + ", ".join(_quoted(row[0]) for row in manifests) + "]"
        found = self._connection.execute(
            f"SELECT data_file.content, data_file.file_size_in_bytes, data_file.column_sizes FROM read_avro({paths}) WHERE status <> 2"
        ).fetchall()
        return sum(size if content else _column_bytes(sizes, ids, size) for content, size, sizes in found)


def _locate_all(text: str, tree: exp.Query, database: str | None, locate: Locate) -> dict[str, str]:
    """Puts a view in the place of each table; returns the views' metadata files."""
    views: dict[tuple[str, str], str] = {}
    located: dict[str, str] = {}
    # A name that no identifier of the query has: one of its WITH clauses would hide the view.
    token = secrets.token_hex(8)
    for node in dialect.tables(tree):
        name = dialect.table_name(text, node)
        if (place := name.database or database) is None:
            raise QueryFailed("MISSING_SCHEMA_NAME", f"{name.position}: Schema must be specified when session schema is not set")
        if (place, name.name) not in views:
            view = views[place, name.name] = f"table_{token}_{len(views)}"
            try:
                located[view] = locate(place, name.name)
            except SchemaNotFound:
                raise QueryFailed("SCHEMA_NOT_FOUND", f"{name.position}: Schema '{place}' does not exist") from None
            except LookupError:
                shown = f"Table '{dialect.CATALOG}.{place}.{name.name}' does not exist"
                raise QueryFailed("TABLE_NOT_FOUND", f"{name.position}: {shown}") from None
        _point(tree, node, views[place, name.name])
    return located


def _point(tree: exp.Query, node: exp.Table, view: str) -> None:
    if not node.alias:
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name)))
    node.set("db", None)
    node.set("catalog", None)
    node.set("this", exp.to_identifier(view))
    for column in tree.find_all(exp.Column):
        if column.args.get("db"):
            column.set("db", None)
            column.set("catalog", None)


def _field_ids(metadata: Mapping[str, Any]) -> list[tuple[str, int]]:
    current = metadata.get("current-schema-id", 0)
    for schema in metadata.get("schemas", [metadata.get("schema", {})]):
        if schema.get("schema-id", 0) == current:
            return [(str(field["name"]).lower(), number) for field in schema["fields"] for number in _own_ids(field)]
    return []


def _own_ids(field: Any) -> list[int]:
    # A nested column's bytes are those of its leaves.
    found = []
    if isinstance(field, dict):
        found += [value for key, value in field.items() if key in {"id", "element-id", "key-id", "value-id"}]
        found += [number for value in field.values() for number in _own_ids(value)]
    elif isinstance(field, list):
        found += [number for value in field for number in _own_ids(value)]
    return found


def _column_bytes(sizes: Any, ids: list[int], whole: int) -> int:
    if not sizes:
        return whole if ids else 0
    pairs = sizes.items() if isinstance(sizes, dict) else ((entry["key"], entry["value"]) for entry in sizes)
    return sum(size for number, size in pairs if number in ids)


def _extension(name: str) -> str:
    found = importlib.util.find_spec(f"duckdb_extension_{name}")
    if found is None or not found.submodule_search_locations:
        raise QueryFailed("GENERIC_INTERNAL_ERROR", f"DuckDB's extension {name} is not installed; run `make setup`", system=True)
    files = sorted(Path(found.submodule_search_locations[0]).rglob(f"{name}.duckdb_extension"))
    if not files:
        raise QueryFailed("GENERIC_INTERNAL_ERROR", f"the wheel of DuckDB's extension {name} holds none; run `make setup`", system=True)
    return str(files[-1])


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _failure(error: duckdb.Error) -> QueryFailed:
    message = str(error).split("\n\nLINE ")[0].strip()
    if match := _CODE.search(message):
        return QueryFailed(match[1], match[2])
    if isinstance(error, duckdb.HTTPException) and "403" in message:
        return NotAuthorized(f"Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied): {message}")
    for kind, code in (
        (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
        (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
        (duckdb.BinderException, "TYPE_MISMATCH"),
        (duckdb.CatalogException, "FUNCTION_NOT_FOUND"),
        (duckdb.ParserException, "SYNTAX_ERROR"),
        (duckdb.InvalidInputException, "INVALID_FUNCTION_ARGUMENT"),
        (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    ):
        if isinstance(error, kind):
            return QueryFailed(code, message)
    return QueryFailed("GENERIC_INTERNAL_ERROR", message, system=True)
