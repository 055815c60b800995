"""The ordinary Athena API: its query operations. `metadata` has those that tell what there is; workgroups stay the emulator's."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from local.emulator.process import Emulator
from local.service import Context, Handlers, Json, ServiceError
from local.services.athena import catalog, results
from local.services.athena.catalog import Caller
from local.services.athena.engine import Engine, Result
from local.services.athena.errors import Malformed, QueryFailed, ScanLimit, SchemaNotFound
from local.services.athena.metadata import CATALOG, CATALOG_HANDLERS, HANDLERS, PRIMARY, Metadata, catalog_name
from local.services.athena.paging import page_of
from local.services.athena.sql import dialect
from local.services.athena.sql.dialect import Query, ShowColumns, ShowDatabases, ShowTables, Statement
from local.services.athena.state import Execution, Executions
from local.services.athena.values import Column

PARALLEL = 2
RESULTS_IN_MEMORY = 20


class Athena:
    """Query executions of a laptop."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._executions = Executions(emulator.settings.state / "athena")
        self._workers = ThreadPoolExecutor(PARALLEL, thread_name_prefix="athena")
        self._engines: dict[str, Engine] = {}
        self._rows: OrderedDict[str, tuple[results.Row, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, request: Json, context: Context) -> Json:
        """StartQueryExecution: refuses what does not parse or is not supported, else queues it."""
        workgroup = str(request.get("WorkGroup") or PRIMARY)
        configuration = self._configuration(workgroup)
        session = request.get("QueryExecutionContext") or {}
        catalog_name(session.get("Catalog") or CATALOG)
        location = _location(configuration, request)
        parameters = [str(value) for value in request.get("ExecutionParameters") or []]
        try:
            statement = dialect.parse(str(request["QueryString"]), parameters)
        except Malformed as error:
            raise ServiceError("InvalidRequestException", str(error)) from error
        execution = Execution(
            text=str(request["QueryString"]),
            kind="DML" if isinstance(statement, Query) else "UTILITY",
            workgroup=workgroup,
            database=session.get("Database"),
            output="",
            parameters=parameters,
            token=str(request.get("ClientRequestToken") or ""),
        )
        execution.output = f"{location.rstrip('/')}/{execution.identifier}.{'csv' if execution.kind == 'DML' else 'txt'}"
        known = self._executions.add(execution)
        if known is execution:
            limit = configuration.get("BytesScannedCutoffPerQuery")
            caller = Caller(self._emulator.roles.caller_environment())
            self._workers.submit(self._run, execution, statement, caller, int(limit) if limit else None)
        return {"QueryExecutionId": known.identifier}

    def stop(self, request: Json, context: Context) -> Json:
        """StopQueryExecution; one that has ended stays as it is."""
        execution = self._execution(request)
        with self._lock:
            if not execution.ended:
                self._end(execution, lambda: execution.end("CANCELLED", "Query was cancelled by user"))
            engine = self._engines.get(execution.identifier)
        if engine is not None:
            engine.stop()
        return {}

    def describe(self, request: Json, context: Context) -> Json:
        """GetQueryExecution."""
        return {"QueryExecution": self._execution(request).answer()}

    def describe_many(self, request: Json, context: Context) -> Json:
        """BatchGetQueryExecution."""
        asked = [str(identifier) for identifier in request.get("QueryExecutionIds") or []]
        found = [execution for identifier in asked if (execution := self._executions.get(identifier)) is not None]
        missing = sorted(set(asked) - {execution.identifier for execution in found})
        code, message = "INVALID_QUERY_EXECUTION_ID", "Query Execution Id not found"
        return {
            "QueryExecutions": [execution.answer() for execution in found],
            "UnprocessedQueryExecutionIds": [{"QueryExecutionId": id_, "ErrorCode": code, "ErrorMessage": message} for id_ in missing],
        }

    def list_all(self, request: Json, context: Context) -> Json:
        """ListQueryExecutions, the newest first."""
        executions = self._executions.of_workgroup(str(request.get("WorkGroup") or PRIMARY))
        chosen, token = page_of(request, executions, 50)
        return {"QueryExecutionIds": [execution.identifier for execution in chosen], **token}

    def result(self, request: Json, context: Context) -> Json:
        """GetQueryResults; rows that are no longer in memory come from S3, with the caller's rights."""
        execution = self._execution(request)
        if execution.state == "FAILED":
            raise ServiceError("InvalidRequestException", f"Query has failed: {execution.reason}")
        if execution.state == "CANCELLED":
            raise ServiceError("InvalidRequestException", "Query was cancelled")
        if execution.state != "SUCCEEDED":
            raise ServiceError("InvalidRequestException", f"Query has not yet finished. Current state: {execution.state}")
        header = execution.kind == "DML"
        with self._lock:
            rows = self._rows.get(execution.identifier)
        if rows is None:
            try:
                content = Caller(self._emulator.roles.caller_environment()).read(execution.output)
            except QueryFailed as error:
                raise ServiceError("InvalidRequestException", str(error)) from error
            rows = self._remember(execution, results.rows_of(content, len(execution.columns), header=header))
        try:
            token, size = request.get("NextToken"), request.get("MaxResults")
            return results.page(execution.columns, rows, header=header, token=token, size=size)
        except ValueError as error:
            raise ServiceError("InvalidRequestException", f"Invalid NextToken: {error}") from error

    def statistics(self, request: Json, context: Context) -> Json:
        """GetQueryRuntimeStatistics: times and what was read; of stages nothing is known here."""
        execution = self._execution(request)
        if not execution.ended:
            raise ServiceError("InvalidRequestException", f"Query has not yet finished. Current state: {execution.state}")
        return {"QueryRuntimeStatistics": execution.runtime_statistics()}

    def resources(self, operation: str, request: Json) -> tuple[str, ...]:
        """The workgroup or the catalog that IAM checks for an operation."""
        prefix = f"arn:aws:athena:{self._emulator.settings.region}:{self._emulator.settings.account}:"
        if operation in CATALOG_HANDLERS:
            return (f"{prefix}datacatalog/{CATALOG}",)
        execution = self._executions.get(str(request.get("QueryExecutionId") or ""))
        if execution is None and operation not in {"StartQueryExecution", "ListQueryExecutions"}:
            return ()
        name = execution.workgroup if execution is not None else str(request.get("WorkGroup") or PRIMARY)
        return (f"{prefix}workgroup/{name}",)

    def close(self) -> None:
        """Ends what still runs."""
        with self._lock:
            engines = list(self._engines.values())
        for engine in engines:
            engine.stop()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _configuration(self, workgroup: str) -> Json:
        client = self._emulator.client("athena")
        try:
            found = client.get_work_group(WorkGroup=workgroup)["WorkGroup"]
        except client.exceptions.InvalidRequestException as error:
            raise ServiceError("InvalidRequestException", f"WorkGroup {workgroup} is not found.") from error
        if found.get("State") == "DISABLED":
            raise ServiceError("InvalidRequestException", f"WorkGroup {workgroup} is disabled.")
        configuration: Json = found.get("Configuration", {})
        return configuration

    def _execution(self, request: Json) -> Execution:
        identifier = str(request.get("QueryExecutionId") or "")
        execution = self._executions.get(identifier)
        if execution is None:
            raise ServiceError("InvalidRequestException", f"QueryExecution {identifier} was not found")
        return execution

    def _remember(self, execution: Execution, rows: tuple[results.Row, ...]) -> tuple[results.Row, ...]:
        with self._lock:
            self._rows[execution.identifier] = rows
            while len(self._rows) > RESULTS_IN_MEMORY:
                self._rows.popitem(last=False)
        return rows

    def _run(self, execution: Execution, statement: Statement, caller: Caller, limit: int | None) -> None:
        with self._lock:
            if execution.ended:
                return
            execution.begin()
        try:
            result = self._answered(execution, statement, caller, limit)
            dml = execution.kind == "DML"
            content = results.csv_file(result.columns, result.rows) if dml else results.text_file(result.rows)
            caller.write(execution.output, content, "text/csv" if dml else "text/plain")
            execution.columns, execution.scanned_bytes = list(result.columns), result.scanned_bytes
            self._remember(execution, result.rows)
            self._finish(execution, lambda: execution.end("SUCCEEDED"))
        except ScanLimit as error:
            execution.scanned_bytes = error.scanned
            reason = str(error)
            self._finish(execution, lambda: execution.end("CANCELLED", reason))
        except InterruptedError as error:
            reason = str(error)
            self._finish(execution, lambda: execution.end("CANCELLED", reason))
        except QueryFailed as error:
            reason, system = str(error), error.system
            self._finish(execution, lambda: execution.end("FAILED", reason, system=system))
        except Malformed as error:
            reason = f"NOT_SUPPORTED: {error}"
            self._finish(execution, lambda: execution.end("FAILED", reason))
        except Exception as error:
            # The thread is the query's last frame: nobody else could tell the client.
            reason = f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}"
            self._finish(execution, lambda: execution.end("FAILED", reason, system=True))
            raise
        finally:
            with self._lock:
                self._engines.pop(execution.identifier, None)

    def _finish(self, execution: Execution, end: Callable[[], None]) -> None:
        with self._lock:
            if not execution.ended:
                self._end(execution, end)

    def _end(self, execution: Execution, end: Callable[[], None]) -> None:
        end()
        self._executions.save(execution)

    def _answered(self, execution: Execution, statement: Statement, caller: Caller, limit: int | None) -> Result:
        match statement:
            case Query():
                engine = Engine(caller.storage)
                with self._lock:
                    self._engines[execution.identifier] = engine
                return engine.run(statement, execution.database, caller.metadata_location, limit)
            case ShowDatabases(pattern):
                return _listed("database_name", [str(database["Name"]) for database in caller.databases(pattern)])
            case ShowTables(database, pattern):
                place = _place(database or execution.database)
                return _listed("tab_name", [str(table["Name"]) for table in _found(lambda: caller.tables(place, pattern))])
            case ShowColumns(name, types):
                place = _place(name.database or execution.database)
                columns = list(catalog.columns(_found(lambda: caller.table(place, name.name))))
                return _described(columns) if types else _listed("field", [column for column, _, _ in columns])


QUERY_HANDLERS: Handlers[Athena] = {
    "StartQueryExecution": Athena.start,
    "StopQueryExecution": Athena.stop,
    "GetQueryExecution": Athena.describe,
    "BatchGetQueryExecution": Athena.describe_many,
    "ListQueryExecutions": Athena.list_all,
    "GetQueryResults": Athena.result,
    "GetQueryRuntimeStatistics": Athena.statistics,
}


def answer_queries(emulator: Emulator) -> None:
    """Answers in the emulator's place whatever has to do with queries and the catalog."""
    athena = Athena(emulator)
    emulator.operations.answer("athena", QUERY_HANDLERS, athena)
    emulator.operations.answer("athena", HANDLERS, Metadata(lambda: Caller(emulator.roles.caller_environment())))
    emulator.iam.require_resources("athena", athena.resources)
    emulator.at_stop(athena.close)


def _location(configuration: Json, request: Json) -> str:
    enforced = configuration.get("EnforceWorkGroupConfiguration", True)
    own = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    asked = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    location = own if enforced and own else asked or own
    if not location:
        message = "No output location provided. An output location is required either through the Workgroup result configuration setting"
        raise ServiceError("InvalidRequestException", f"{message} or as an API input.")
    return str(location)


def _place(database: str | None) -> str:
    if not database:
        raise QueryFailed("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set")
    return database


def _found[T](ask: Callable[[], T]) -> T:
    try:
        return ask()
    except SchemaNotFound as error:
        raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{error}' does not exist") from error
    except LookupError as error:
        raise QueryFailed("TABLE_NOT_FOUND", f"Table '{error.args[0]}' does not exist") from error


def _listed(column: str, values: list[str]) -> Result:
    return Result((Column(column, "string"),), tuple((value,) for value in values))


def _described(columns: list[tuple[str, str, str]]) -> Result:
    # AWS pads and joins the three values into one.
    names = tuple(Column(name, "string") for name in ("col_name", "data_type", "comment"))
    return Result(names, tuple(("\t".join(part.ljust(20) for part in column),) for column in columns))
