"""What Athena remembers of queries: one JSON file each, so that it outlives the process; rows stay in S3, as on AWS."""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from local.services.athena.sql.values import Column
from local.whole_file import write_whole

KEPT = 1000

type Kind = Literal["DDL", "DML", "UTILITY"]
type State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


@dataclass
class Execution:
    """One query execution.

    Attributes:
        text: The statement.
        kind: A query is DML, what makes or drops a table or a view is DDL, SHOW, DESCRIBE, EXPLAIN and PREPARE are UTILITY.
        workgroup: Its workgroup.
        database: The database of tables that are named without one, or None.
        output: Where the result is, an S3 URL.
        parameters: A literal for each `?`.
        token: The client's request token, empty where it gave none.
        identifier: Its id.
        state: As in the API.
        reason: Why it is in that state.
        error: The number of Athena's error catalog for a failure, None if there is none.
        system: Whether the engine is at fault for a failure.
        submitted: Epoch seconds.
        started: Epoch seconds.
        completed: Epoch seconds.
        scanned_bytes: What it read.
        columns: Of its result.
        changed: How many rows a change wrote or removed; None for what is no change.
        manifest: Where the data files are listed that it wrote, an S3 URL; empty if it wrote none.
        substatement: SELECT, INSERT and the like, as clients know them; empty where AWS's word is not documented.
    """

    text: str
    kind: Kind
    workgroup: str
    database: str | None
    output: str
    parameters: list[str] = field(default_factory=list)
    token: str = ""
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: State = "QUEUED"
    reason: str = ""
    error: int | None = None
    system: bool = False
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    completed: float | None = None
    scanned_bytes: int = 0
    columns: list[Column] = field(default_factory=list)
    changed: int | None = None
    manifest: str = ""
    substatement: str = ""

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in {"SUCCEEDED", "FAILED", "CANCELLED"}

    def begin(self) -> None:
        """It runs from now on."""
        self.started, self.state = time.time(), "RUNNING"

    def end(self, state: State, reason: str = "", *, system: bool = False, error: int | None = None) -> None:
        """Gives it its final state."""
        self.reason, self.system, self.error, self.completed = reason, system, error, time.time()
        self.state = state

    def times(self) -> dict[str, int]:
        """Its times so far, as both GetQueryExecution and GetQueryRuntimeStatistics give them."""
        ended = self.completed if self.completed is not None else time.time()
        engine = ended - self.started if self.started is not None else 0.0
        return {
            "EngineExecutionTimeInMillis": round(engine * 1000),
            "QueryQueueTimeInMillis": round(((self.started or ended) - self.submitted) * 1000),
            "TotalExecutionTimeInMillis": round((ended - self.submitted) * 1000),
            "ServiceProcessingTimeInMillis": 0,
        }

    def runtime_statistics(self) -> dict[str, Any]:
        """As GetQueryRuntimeStatistics gives it, without what is not measured here: rows, and the tree of stages."""
        return {"Timeline": self.times(), "Rows": {"InputBytes": self.scanned_bytes}}

    def answer(self) -> dict[str, Any]:
        """As GetQueryExecution gives it."""
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.reason:
            status["StateChangeReason"] = self.reason
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        if self.state == "FAILED":
            number = {} if self.error is None else {"ErrorType": self.error}
            status["AthenaError"] = {"ErrorCategory": 1 if self.system else 2, **number, "ErrorMessage": self.reason, "Retryable": False}
        return {
            "QueryExecutionId": self.identifier,
            "Query": self.text,
            "StatementType": self.kind,
            **({"SubstatementType": self.substatement} if self.substatement else {}),
            "ResultConfiguration": {"OutputLocation": self.output},
            "QueryExecutionContext": {"Catalog": "AwsDataCatalog"} | ({"Database": self.database} if self.database else {}),
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": self.scanned_bytes,
                **self.times(),
                **({"DataManifestLocation": self.manifest} if self.manifest else {}),
            },
            "WorkGroup": self.workgroup,
            "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
            **({"ExecutionParameters": self.parameters} if self.parameters else {}),
        }


class Executions:
    """The newest executions, in memory and in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._all: dict[str, Execution] = {}
        for execution in sorted(_kept(folder), key=lambda kept: kept.submitted):
            if not execution.ended:
                execution.end("FAILED", "GENERIC_INTERNAL_ERROR: the laptop's AWS was stopped while the query ran", system=True)
            self._all[execution.identifier] = execution

    def add(self, execution: Execution) -> Execution:
        """Keeps a new one, or gives the one that the same client token made."""
        with self._lock:
            if execution.token:
                for known in self._all.values():
                    if known.token == execution.token and known.workgroup == execution.workgroup:
                        return known
            self._all[execution.identifier] = execution
            while len(self._all) > KEPT:
                oldest = next(iter(self._all))
                del self._all[oldest]
                self._file(oldest).unlink(missing_ok=True)
        self.save(execution)
        return execution

    def get(self, identifier: str) -> Execution | None:
        """The execution of that id."""
        return self._all.get(identifier)

    def of_workgroup(self, workgroup: str) -> list[Execution]:
        """The executions of a workgroup, the newest first."""
        with self._lock:
            return [known for known in reversed(list(self._all.values())) if known.workgroup == workgroup]

    def save(self, execution: Execution) -> None:
        """Writes an execution down."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._file(execution.identifier), json.dumps(asdict(execution)).encode())

    def _file(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.json"


def _kept(folder: Path) -> Iterator[Execution]:
    for file in folder.glob("*.json"):
        with contextlib.suppress(FileNotFoundError):
            kept = json.loads(file.read_text())
            yield Execution(**{**kept, "columns": [Column(**column) for column in kept["columns"]]})
