"""The record of all job runs, kept in files so that it survives the process."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

RUNS_KEPT = 200

type State = Literal["STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"]
UNFINISHED: tuple[State, ...] = ("STARTING", "RUNNING", "STOPPING")


@dataclass
class Run:
    """One run of a job.

    Attributes:
        id: As AWS forms it.
        job: The job's name.
        arguments: Those of the run, without the job's defaults.
        timeout_minutes: When it is ended.
        settings: What the run shows of its job, as it was when it started: capacity, version, security configuration, the prefix of its log groups.
        attempt: Counts Glue's own retries from 0.
        previous: The run that it is a retry of.
        state: Where it is.
        error: Why it failed, in one line.
        started: Epoch seconds.
        running_since: When its driver was started, epoch seconds.
        completed: Epoch seconds.
        modified: Epoch seconds.
        pid: Its process, while it runs.
        pid_started: That process's start, as numbers are given again.
    """

    id: str
    job: str
    arguments: dict[str, str]
    timeout_minutes: int
    settings: dict[str, Any] = field(default_factory=dict)
    attempt: int = 0
    previous: str = ""
    state: State = "STARTING"
    error: str = ""
    started: float = field(default_factory=time.time)
    running_since: float | None = None
    completed: float | None = None
    modified: float = field(default_factory=time.time)
    pid: int | None = None
    pid_started: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.state not in UNFINISHED

    def as_answer(self) -> dict[str, Any]:
        """The run as the Glue API shows it."""
        end = self.completed or time.time()
        answer: dict[str, Any] = {
            "Id": self.id,
            "Attempt": self.attempt,
            "JobName": self.job,
            "JobMode": "SCRIPT",
            "JobRunQueuingEnabled": False,
            "StartedOn": self.started,
            "LastModifiedOn": self.modified,
            "JobRunState": self.state,
            "PredecessorRuns": [],
            "ExecutionTime": int(end - self.running_since) if self.running_since else 0,
            "Timeout": self.timeout_minutes,
            **self.settings,
        }
        if self.arguments:
            answer["Arguments"] = self.arguments
        if self.previous:
            answer["PreviousRunId"] = self.previous
        if self.completed:
            answer["CompletedOn"] = self.completed
        if self.error:
            answer["ErrorMessage"] = self.error
        return answer


def new_run_id() -> str:
    """A run id as AWS forms it."""
    return f"jr_{secrets.token_hex(32)}"


class RunStore:
    """All runs; each change is in its file before it is told."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.RLock()
        self._runs: dict[str, Run] = {}
        directory.mkdir(parents=True, exist_ok=True)
        for file in directory.glob("*.json"):
            run = Run(**json.loads(file.read_text()))
            self._runs[run.id] = run

    def __iter__(self) -> Iterator[Run]:
        with self._lock:
            return iter(list(self._runs.values()))

    def get(self, run_id: str) -> Run | None:
        """The run of that id."""
        return self._runs.get(run_id)

    def of(self, job: str) -> list[Run]:
        """The runs of a job, newest first."""
        return sorted((run for run in self if run.job == job), key=lambda run: run.started, reverse=True)

    def add(self, run: Run, at_most: int) -> bool:
        """Adds a run unless as many of its job are under way; False then."""
        with self._lock:
            if sum(not other.finished for other in self.of(run.job)) >= at_most:
                return False
            self._runs[run.id] = run
            self._write(run)
            for old in [other for other in self.of(run.job) if other.finished][RUNS_KEPT:]:
                self._remove(old)
            return True

    def change(self, run: Run, state: State, error: str = "", *, pid: int | None = None, pid_started: str = "") -> bool:
        """Takes a run to another state; False if it had ended before."""
        with self._lock:
            if run.finished:
                return False
            run.state, run.error, run.modified = state, error, time.time()
            run.pid, run.pid_started = pid, pid_started
            if state == "RUNNING":
                run.running_since = run.modified
            if state not in UNFINISHED:
                run.completed = run.modified
            self._write(run)
            return True

    def forget(self, job: str) -> None:
        """Drops all runs of a job that is deleted."""
        with self._lock:
            for run in self.of(job):
                self._remove(run)

    def _write(self, run: Run) -> None:
        file = self._directory / f"{run.id}.json"
        temporary = file.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(run)))
        temporary.replace(file)

    def _remove(self, run: Run) -> None:
        self._runs.pop(run.id, None)
        (self._directory / f"{run.id}.json").unlink(missing_ok=True)
