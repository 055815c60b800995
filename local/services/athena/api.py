"""The ordinary Athena API: its query operations. `metadata` has those that tell what there is; workgroups stay the emulator's."""

import contextvars
import json
import re
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.emulator.process import Emulator
from local.service import Context, Handlers, Json, ServiceError
from local.services.athena import results
from local.services.athena.catalog import Caller
from local.services.athena.engine import SAID, Engine
from local.services.athena.errors import Malformed, NotAuthorized, QueryFailed, ScanLimit, Unsupported
from local.services.athena.governed import Governed
from local.services.athena.kinds import kind_of, substatement_of
from local.services.athena.lineage import Lineages
from local.services.athena.metadata import CATALOG, CATALOG_HANDLERS, HANDLERS, Metadata, catalog_name
from local.services.athena.named_queries import HANDLERS as NAMED_QUERIES
from local.services.athena.named_queries import PRIMARY, NamedQueries
from local.services.athena.paging import page_of
from local.services.athena.running import Running
from local.services.athena.sql import failures, parsing
from local.services.athena.sql.parameters import literal
from local.services.athena.sql.statements import Execute, Explain, Statement, Write
from local.services.athena.state import Execution, Executions, State
from local.services.athena.writing import SCRATCH_TAG, Denial, Scratch

PARALLEL = 2
RESULTS_IN_MEMORY = 20
# Of the hour for which the keys of a location's role are good.
READER_SECONDS = 3000.0
# AWS's limit: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
LONGEST = 262_144

_S3 = re.compile(r"s3://[\w.-]+(/|$)", re.ASCII)


class Athena:
    """Query executions of a laptop.

    Attributes:
        named_queries: The queries that it keeps by name.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.named_queries = NamedQueries(emulator.settings.state / "named-queries", self._configuration)
        self._executions = Executions(emulator.settings.state / "athena")
        self._workers = ThreadPoolExecutor(PARALLEL, thread_name_prefix="athena")
        self._engine = Engine(emulator.settings)
        self._lineages = Lineages(self._metadata)
        self._readers: dict[str, tuple[float, Caller]] = {}
        self._running: dict[str, Running] = {}
        self._rows: OrderedDict[str, tuple[results.Row, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, request: Json, context: Context) -> Json:
        """StartQueryExecution: refuses what does not parse or is not supported, else queues it."""
        _check_letters(request)
        workgroup = str(request.get("WorkGroup") or PRIMARY)
        configuration = self._configuration(workgroup)
        session = request.get("QueryExecutionContext") or {}
        catalog_name(session.get("Catalog") or CATALOG)
        location = _location(configuration, request)
        parameters = [str(value) for value in request.get("ExecutionParameters") or []]
        text = str(request["QueryString"])
        if len(text.encode()) > LONGEST:
            raise ServiceError("InvalidRequestException", f"the query is longer than {LONGEST} bytes")
        try:
            statement = parsing.parse(text)
            literals = tuple(literal(parameter, number) for number, parameter in enumerate(parameters, 1))
            if isinstance(statement, Explain) and statement.analyze and isinstance(statement.statement, Write):
                raise Unsupported(f"EXPLAIN ANALYZE of {statement.statement.kind}")
            scratch = self._scratch(workgroup, statement)
            if isinstance(statement, Write):
                scratch.check(statement, session.get("Database"))
        except Malformed as error:
            raise ServiceError("InvalidRequestException", str(error)) from error
        execution = Execution(
            text=text,
            kind=kind_of(statement),
            substatement=substatement_of(statement),
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
            running = Running(
                self._engine,
                Caller(self._emulator.roles.caller_environment()),
                Governed(self._emulator.governance, context.principal, self._denial(), self._reader, self._lineages),
                workgroup,
                scratch,
                f"{location.rstrip('/')}/tables/{execution.identifier}",
                execution.database,
                literals,
                int(limit) if limit else None,
            )
            self._workers.submit(self._run, execution, statement, running)
        return {"QueryExecutionId": known.identifier}

    def stop(self, request: Json, context: Context) -> Json:
        """StopQueryExecution; one that has ended stays as it is."""
        execution = self._execution(request)
        self._end(execution, "CANCELLED", "Query was cancelled by user")
        with self._lock:
            running = self._running.get(execution.identifier)
        if running is not None:
            running.stop()
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
        header = execution.kind == "DML" and execution.changed is None
        settings, place = self._emulator.settings, execution.output.partition("://")[2]
        # What is kept in memory is shown to those alone who could read it in S3.
        if (reason := self._emulator.iam.denial("s3:GetObject", settings.region, f"arn:aws:s3:::{place}")) is not None:
            raise ServiceError("AccessDeniedException", reason)
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
            return results.page(execution.columns, rows, header=header, token=token, size=size, changed=execution.changed or 0)
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
        if operation in NAMED_QUERIES:
            return tuple(f"{prefix}workgroup/{workgroup}" for workgroup in self.named_queries.workgroups(request))
        if operation == "BatchGetQueryExecution":
            asked = [self._executions.get(str(identifier)) for identifier in request.get("QueryExecutionIds") or []]
            return tuple(sorted({f"{prefix}workgroup/{execution.workgroup}" for execution in asked if execution is not None}))
        execution = self._executions.get(str(request.get("QueryExecutionId") or ""))
        if execution is None and operation not in {"StartQueryExecution", "ListQueryExecutions"}:
            return ()
        name = execution.workgroup if execution is not None else str(request.get("WorkGroup") or PRIMARY)
        return (f"{prefix}workgroup/{name}",)

    def start_engine(self) -> None:
        """Lets the laptop's own engine start, once the laptop answers."""
        self._engine.start_beside(self._emulator.answering)

    def engine_state(self) -> dict[str, str]:
        """Whether the engine answers, as a word and as a sentence for a person."""
        state = self._engine.state
        return {"state": state, "sentence": SAID[state]}

    def close(self) -> None:
        """Ends what still runs, and the engine."""
        with self._lock:
            under_way = list(self._running.values())
        for running in under_way:
            running.stop()
        self._engine.close()
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

    def _scratch(self, workgroup: str, statement: Statement) -> Scratch:
        settings, tags = self._emulator.settings, []
        if isinstance(statement, Write | Execute | Explain):
            arn = f"arn:aws:athena:{settings.region}:{settings.account}:workgroup/{workgroup}"
            tags = self._emulator.client("athena").list_tags_for_resource(ResourceARN=arn)["Tags"]
        database = next((str(tag["Value"]) for tag in tags if tag["Key"] == SCRATCH_TAG), None)
        return Scratch(database, f"arn:aws:glue:{settings.region}:{settings.account}:", self._denial())

    def _denial(self) -> Denial:
        # Of this very call, also when the statement runs in another thread.
        caller, iam, region = contextvars.copy_context(), self._emulator.iam, self._emulator.settings.region
        return lambda action, resource: caller.run(iam.denial, action, region, resource)

    def _reader(self, role: str) -> Caller:
        """Acts as the role of a location that is registered with Lake Formation."""
        with self._lock:
            made, reader = self._readers.get(role, (0.0, None))
            if reader is None or time.monotonic() - made > READER_SECONDS:
                try:
                    environment = self._emulator.roles.client_environment(role, "lakeformation.amazonaws.com", "AWSLakeFormation", hours=1)
                except ServiceError as error:
                    raise NotAuthorized(f"Lake Formation can't read the table's location: {error.message}") from error
                reader = Caller(environment)
                self._readers[role] = time.monotonic(), reader
            return reader

    def _metadata(self, location: str) -> dict[str, Any]:
        settings = self._emulator.settings
        content: dict[str, Any] = json.loads(Caller(settings.addresses() | settings.root_credentials()).read(location))
        return content

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

    def _run(self, execution: Execution, statement: Statement, running: Running) -> None:
        with self._lock:
            if execution.ended:
                return
            self._running[execution.identifier] = running
            execution.begin()
        try:
            result = running.run(statement)
            dml = execution.kind == "DML" and result.changed is None
            content = results.csv_file(result.columns, result.rows) if dml else results.text_file(result.rows)
            running.caller.write(execution.output, content, "text/csv" if dml else "text/plain")
            if result.files:
                execution.manifest = f"{execution.output.rpartition('.')[0]}-manifest.csv"
                running.caller.write(execution.manifest, "".join(f"{file}\n" for file in result.files).encode(), "text/csv")
            execution.columns, execution.scanned_bytes, execution.changed = list(result.columns), result.scanned_bytes, result.changed
            self._remember(execution, result.rows)
            self._end(execution, "SUCCEEDED")
        except ScanLimit as error:
            execution.scanned_bytes = error.scanned
            self._end(execution, "CANCELLED", str(error))
        except InterruptedError as error:
            self._end(execution, "CANCELLED", str(error))
        except QueryFailed as error:
            number = failures.error_type(error.code, system=error.system)
            self._end(execution, "FAILED", str(error), system=error.system, error=number)
        except Exception as error:
            # The thread is the query's last frame: nobody else could tell the client.
            self._end(execution, "FAILED", f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}", system=True)
            raise
        finally:
            with self._lock:
                self._running.pop(execution.identifier, None)

    def _end(self, execution: Execution, state: State, reason: str = "", *, system: bool = False, error: int | None = None) -> None:
        """Gives it its final state, unless it has one."""
        with self._lock:
            if not execution.ended:
                execution.end(state, reason, system=system, error=error)
                self._executions.save(execution)


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
    emulator.operations.answer("athena", NAMED_QUERIES, athena.named_queries)
    emulator.operations.answer("athena", HANDLERS, Metadata(lambda: Caller(emulator.roles.caller_environment())))
    emulator.iam.require_resources("athena", athena.resources)
    emulator.document("athena", athena.engine_state)
    emulator.at_start(athena.start_engine)
    emulator.at_stop(athena.close)


def _check_letters(request: Json) -> None:
    """Half a letter is no text: it could be written down and never be told again."""
    try:
        json.dumps(request, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        raise ServiceError("InvalidRequestException", "the request has text that is no Unicode") from error


def _location(configuration: Json, request: Json) -> str:
    enforced = configuration.get("EnforceWorkGroupConfiguration", True)
    own = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
    asked = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    location = own if enforced and own else asked or own
    if not location:
        message = "No output location provided. An output location is required either through the Workgroup result configuration setting"
        raise ServiceError("InvalidRequestException", f"{message} or as an API input.")
    if not _S3.match(str(location)):
        raise ServiceError("InvalidRequestException", "outputLocation is not a valid S3 path.")
    return str(location)
