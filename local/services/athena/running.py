"""One statement as it runs: its caller's rights, Trino, and the answer in Athena's words."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from local.services.athena import catalog, writing
from local.services.athena.catalog import Caller
from local.services.athena.engine import Engine
from local.services.athena.errors import Malformed, NotAuthorized, QueryFailed, ScanLimit, SchemaNotFound
from local.services.athena.governed import Governed, lacking
from local.services.athena.rights import Rights
from local.services.athena.sql import changes, failures, parsing, shown, values
from local.services.athena.sql.parameters import Sent, bound
from local.services.athena.sql.statements import (
    Deallocate,
    Execute,
    Explain,
    Prepare,
    Query,
    Repair,
    ShowDatabases,
    ShowTable,
    ShowTables,
    Statement,
    Write,
)
from local.services.athena.sql.values import Column
from local.services.athena.trino import client
from local.services.athena.trino.client import Trino, TrinoFailed, TrinoUnreachable
from local.services.athena.trino.rules import Permission
from local.services.athena.writing import Scratch


@dataclass(frozen=True)
class Result:
    """What a statement gave.

    Attributes:
        columns: In order.
        rows: Values as Athena writes them; None for null.
        scanned_bytes: What Trino read of the tables' files.
        changed: How many rows a change wrote or removed; None for what is no change.
        files: The data files that CREATE TABLE AS wrote.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]
    scanned_bytes: int = 0
    changed: int | None = None
    files: tuple[str, ...] = ()


@dataclass
class Running:
    """A statement that runs once, and may be stopped from another thread.

    Attributes:
        engine: Where it runs.
        caller: Who asks.
        lake: What Lake Formation lets it read.
        workgroup: Whose prepared statements count.
        scratch: Where it may change something.
        tables: Where CREATE TABLE AS puts a table that is given no location, an S3 URL.
        database: Where tables without a database are.
        parameters: A literal for each question mark, as StartQueryExecution has them.
        limit_bytes: More than this is not read.
    """

    engine: Engine
    caller: Caller
    lake: Governed
    workgroup: str
    scratch: Scratch
    tables: str
    database: str | None
    parameters: tuple[str, ...] = ()
    limit_bytes: int | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _asked: client.Statement | None = None

    def stop(self) -> None:
        """Ends it from another thread; `run` then raises InterruptedError."""
        self._stopped.set()
        if (asked := self._asked) is not None:
            # With a Trino that went away, the statement has ended.
            with contextlib.suppress(TrinoUnreachable):
                asked.cancel()

    def run(self, statement: Statement) -> Result:
        """What it gives.

        Raises:
            QueryFailed: Athena would answer FAILED.
            ScanLimit: It read more than `limit_bytes`.
            InterruptedError: It was stopped.
        """
        try:
            return self._run(statement)
        except Malformed as error:
            raise QueryFailed("NOT_SUPPORTED", str(error)) from error

    def _run(self, statement: Statement) -> Result:
        match statement:
            case Execute(name, parameters):
                return self._run_prepared(name, parameters or self.parameters)
            case Query() | Explain():
                return self._ask(statement, self.parameters)
            case Write():
                return self._change(statement, self.parameters)
            case Prepare(name, prepared):
                self._workgroup_call("create_prepared_statement", StatementName=name, QueryStatement=prepared.text)
                return Result((), ())
            case Deallocate(name):
                self._workgroup_call("delete_prepared_statement", StatementName=name)
                return Result((), ())
            case ShowDatabases(pattern):
                return _listed("database_name", [str(database["Name"]) for database in self.caller.databases(pattern)])
            case ShowTables(database, pattern, views):
                place = changes.known_database(database or self.database)
                found = _found(lambda: self.caller.tables(place, pattern))
                return _listed("tab_name", [str(table["Name"]) for table in found if not views or catalog.is_view(table)])
            case ShowTable():
                return self._show(statement)
            case Repair(table):
                raise QueryFailed(
                    "NOT_SUPPORTED", f"MSCK REPAIR TABLE: {table.name} would have to be a table of Hive; Iceberg's need no repair"
                )

    def _run_prepared(self, name: str, parameters: tuple[str, ...]) -> Result:
        kept = self._workgroup_call("get_prepared_statement", StatementName=name)["PreparedStatement"]["QueryStatement"]
        statement = parsing.parse(str(kept))
        if isinstance(statement, Write):
            return self._change(statement, parameters)
        if not isinstance(statement, Query):
            raise QueryFailed("NOT_SUPPORTED", "EXECUTE of anything but a query or a change")
        return self._ask(statement, parameters)

    def _workgroup_call(self, operation: str, **request: str) -> Any:
        return self.caller.call("athena", operation, WorkGroup=self.workgroup, **request)

    def _ask(self, statement: Query | Explain, parameters: tuple[str, ...]) -> Result:
        rights = Rights(self.caller, self.lake)
        rights.check_named(statement, self.database)
        with self._permitted(rights, self._explained(statement)) as trino:
            rights.check_planned(statement, self.database, parameters, lambda question: self._plan(trino, question, statement.text, rights))
            if isinstance(statement, Explain):
                if isinstance(statement.statement, Write):
                    self._check_whole(rights, statement.statement)
                if rights.is_filtered:
                    # A plan has the filter's expression in it, and counts all rows.
                    raise NotAuthorized("EXPLAIN needs SELECT on all rows of the tables")
            answer = self._answer(trino, bound(statement.text, parameters), statement.text, rights)
            return _result(answer, lines=isinstance(statement, Explain))

    @contextlib.contextmanager
    def _permitted(self, rights: Rights, further: Sequence[Permission]) -> Iterator[Trino]:
        permissions = [*further, *rights.permissions()]
        with (
            self.engine.lease(self._stopped.is_set) as (trino, rules),
            rules.permitted(self.lake.principal, permissions, self.lake.databases()),
        ):
            yield trino
        rights.check_unchanged()

    def _check_whole(self, rights: Rights, write: Write) -> None:
        """Checks that nothing of a change's target is hidden: what may be changed may be read."""
        if ((write.target.database or self.database or "").lower(), write.target.name) in rights.limits:
            raise lacking("Select", f"all of {write.target.name}")

    def _explained(self, statement: Query | Explain) -> list[Permission]:
        """What Trino wants to see permitted before it explains a change."""
        if not isinstance(statement, Explain) or not isinstance(statement.statement, Write):
            return []
        target = statement.statement.target
        place = target.database or self.database
        if place is None or place != self.scratch.database:
            return []
        return [Permission(place, frozenset({target.name}), changes=True)]

    def _change(self, write: Write, parameters: tuple[str, ...]) -> Result:
        if write.kind == "CREATE TABLE AS" and not write.properties.keys() & {"location", "external_location"}:
            write = replace(write, properties={**write.properties, "location": f"'{self.tables.replace("'", "''")}'"})
        place = self.scratch.check(write, self.database)
        new = writing.location_of_new(write) if write.kind == "CREATE TABLE AS" else None
        rights = Rights(self.caller, self.lake)
        rights.check_named(write, self.database, also=[(place, write.target.name)] if writing.needs_table(write) else ())
        self._check_whole(rights, write)
        existing = self._existing(place, write.target.name)
        self.lake.check_change(write.kind, place, write.target.name, exists=existing is not None)
        if write.renamed is not None:
            self.lake.check_change(write.kind, place, write.renamed.name, exists=False)
        metadata = self._metadata(existing) if new is None else None
        locations = [new] if new is not None else writing.locations_of(metadata) if metadata is not None else []
        self.scratch.authorize(write, place, exists=existing is not None, locations=locations)
        changed_tables = {table.name for table in (write.target, write.renamed) if table is not None}
        target = Permission(place, frozenset(changed_tables), changes=True)
        texts = changes.texts(write, self.database, metadata.get("properties", {}) if metadata is not None else {})
        with self._permitted(rights, [target]) as trino:
            rights.check_planned(write, self.database, parameters, lambda question: self._plan(trino, question, write.text, rights))
            if metadata is not None and writing.deletes(write):
                self._authorize_files(trino, write, place, rights)
            answers = [self._answer(trino, bound(text, parameters), write.text, rights) for text in texts]
            self._note_made(write, place, exists=existing is not None)
            files = self._files(trino, write, rights) if write.kind == "CREATE TABLE AS" else ()
        changed = int(answers[-1].rows[0][0]) if answers[-1].rows else 0
        counted = (Column("rows", "bigint", 19),)
        return Result(counted, (), sum(answer.scanned_bytes for answer in answers), changed, files)

    def _note_made(self, write: Write, place: str, *, exists: bool) -> None:
        """Tells Lake Formation who has made a table: Trino makes it with the laptop's key."""
        made = write.renamed or (write.target if not exists and write.kind in {"CREATE TABLE AS", "CREATE VIEW"} else None)
        if made is not None:
            self.lake.governance.created(self.lake.principal, place, made.name)

    def _existing(self, place: str, name: str) -> dict[str, Any] | None:
        try:
            return self.caller.table(place, name)
        except LookupError:
            return None

    def _metadata(self, table: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Iceberg's; None for what is no table."""
        return None if table is None or catalog.is_view(table) else self._iceberg_metadata(table, self.caller)

    def _iceberg_metadata(self, table: Mapping[str, Any], reader: Caller) -> dict[str, Any]:
        metadata = json.loads(reader.read(catalog.metadata_location(table)))
        if not isinstance(metadata, dict):
            raise QueryFailed("ICEBERG_INVALID_METADATA", f"the metadata of {table['Name']} is none of Iceberg's")
        return metadata

    def _authorize_files(self, trino: Trino, write: Write, place: str, rights: Rights) -> None:
        """Checks that the caller may delete the files that go with the target; what Trino can't read it does not drop either."""
        manifests, entries = (
            changes.quoted(replace(write.target, name=f"{write.target.name}${part}"), place) for part in ("all_manifests", "all_entries")
        )
        files = f"SELECT path FROM {manifests} UNION ALL SELECT data_file.file_path FROM {entries}"
        folders = Sent(f"SELECT DISTINCT regexp_replace(path, '/[^/]*$') FROM ({files}) AS t (path)")
        answer = self._answer(trino, folders, write.text, rights)
        self.scratch.authorize(write, place, exists=True, locations=[str(row[0]) for row in answer.rows])

    def _files(self, trino: Trino, write: Write, rights: Rights) -> tuple[str, ...]:
        table = changes.quoted(replace(write.target, name=f"{write.target.name}$files"), self.database)
        answer = self._answer(trino, Sent(f"SELECT file_path FROM {table}"), write.text, rights)
        return tuple(str(row[0]) for row in answer.rows)

    def _plan(self, trino: Trino, question: Sent, text: str, rights: Rights) -> str:
        return str(self._answer(trino, question, text, rights).rows[0][0])

    def _answer(self, trino: Trino, sent: Sent, text: str, rights: Rights) -> client.Answer:
        self._asked = client.Statement(trino, sent.text, self.lake.principal, self.database, self.limit_bytes)
        if self._stopped.is_set():
            raise InterruptedError("Query was cancelled by user")
        try:
            return self._asked.run()
        except TrinoFailed as error:
            if error.name == client.SCAN_LIMIT and self.limit_bytes is not None:
                raise ScanLimit(error.scanned_bytes, self.limit_bytes) from error
            raise failures.translated(error, text, shift=sent.shift, hidden=rights.hidden, is_filtered=rights.is_filtered) from error

    def _show(self, asked: ShowTable) -> Result:
        place = changes.known_database(asked.table.database or self.database)
        table = _found(lambda: self.caller.table(place, asked.table.name))
        columns = list(catalog.columns(table))
        match asked.kind:
            case "COLUMNS":
                return _listed("field", [column for column, _, _ in columns])
            case "DESCRIBE":
                return _described(shown.described(columns))
            case "DESCRIBE EXTENDED" | "DESCRIBE FORMATTED":
                return _described(shown.formatted(columns, table))
            case "PARTITIONS":
                return _listed("partition", shown.partitions(table))
            case "TBLPROPERTIES":
                return _listed("prpt_name", shown.properties(table, asked.name))
            case "CREATE VIEW":
                return _listed("Create View", shown.create_view(table))
            case "CREATE TABLE":
                metadata = self._shown_metadata(table)
                return _listed("createtab_stmt", shown.create_table(columns, table, metadata))

    def _shown_metadata(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """The Iceberg metadata of a table of which the caller sees all columns."""
        access = self.lake.access(str(table["DatabaseName"]), str(table["Name"]))
        location = catalog.metadata_location(table)
        if access is not None and not access.whole:
            raise lacking("Select", f"all of {access.table}")
        role = self.lake.governance.reader(location) if access is not None else None
        return self._iceberg_metadata(table, self.caller if role is None else self.lake.reader(role))


def _result(answer: client.Answer, *, lines: bool) -> Result:
    columns = tuple(values.column(column.name, column.type) for column in answer.columns)
    rows: Sequence[tuple[str | None, ...]] = [
        tuple(values.text(value, column.type) for value, column in zip(row, answer.columns, strict=True)) for row in answer.rows
    ]
    if lines:
        rows = [(line,) for row in rows for line in str(row[0]).splitlines()]
    return Result(columns, tuple(rows), answer.scanned_bytes)


def _found[T](ask: Callable[[], T]) -> T:
    try:
        return ask()
    except SchemaNotFound as error:
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{error}' does not exist") from error
    except LookupError as error:
        raise QueryFailed("TABLE_NOT_FOUND", f"Table '{error.args[0]}' does not exist") from error


def _listed(column: str, lines: list[str]) -> Result:
    return Result((Column(column, "string"),), tuple((line,) for line in lines))


def _described(lines: list[str]) -> Result:
    # AWS pads and joins the three values into one.
    names = tuple(Column(name, "string") for name in ("col_name", "data_type", "comment"))
    return Result(names, tuple((line,) for line in lines))
