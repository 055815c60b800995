"""One run of a product: its DAG's events and its jobs' logs, brought together."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cli.run.job_runs import JobRun, TableOutcome

LOOK_SECONDS = 0.5

# `plan` with the tasks in their order, `task` when one changes its state, `run` at the end, see `local/services/mwaa/dag_runner.py`; `waiting` with what
# is waited for.
Event = dict[str, Any]


class Orchestrated(Protocol):
    """A run of a DAG, whoever runs it.

    Attributes:
        told: All events so far, those that nobody has taken yet among them.
    """

    told: list[Event]

    def events(self, wait_seconds: float) -> Iterator[Event | None]:
        """The run's events in order; None whenever there was none for a while. It ends with the event of the run's end."""

    def stop(self) -> None:
        """Ends the run; safe when it has ended."""


@dataclass
class TaskRun:
    """What became of a task.

    Attributes:
        id: The task's id.
        job: The Glue job's name.
        state: `waiting`, `running`, `success`, `skipped`, `failed` or `upstream_failed`.
        job_run: The id of its Glue run, if it started one.
        seconds: How long it took.
        error: Why it failed.
        log: The last lines of its job's log, if it failed.
        tables: The outcomes that its job logged.
        note: What a person should know, such as that its job's log was not found.
    """

    id: str
    job: str
    state: str = "waiting"
    job_run: str | None = None
    seconds: float = 0.0
    error: str | None = None
    log: list[str] = field(default_factory=list)
    tables: list[TableOutcome] = field(default_factory=list)
    note: str | None = None


class ProductRun:
    """A run of a product's DAG that is watched until it ends.

    Attributes:
        tasks: In the DAG's order, once it is known.
        state: `running`, `success` or `failed`.
        run_id: The DAG run's id, once it is known.
        seconds: How long it took.
    """

    def __init__(
        self,
        dag_run: Orchestrated,
        *,
        glue: Any,
        logs: Any,
        log_group: str,
        on_task: Callable[[TaskRun], None],
        on_table: Callable[[TableOutcome], None],
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Watches a DAG run.

        Args:
            dag_run: It, just started.
            glue: A Glue client.
            logs: A CloudWatch Logs client.
            log_group: The log group of what jobs print.
            on_task: Called when a task starts and when it ends.
            on_table: Called for each table's outcome as it is logged.
            on_wait: Called with what a run that can't start yet waits for.
        """
        self.tasks: Sequence[TaskRun] = ()
        self.state = "running"
        self.run_id = ""
        self.seconds = 0.0
        self._dag_run = dag_run
        self._dag_id = ""
        self._glue, self._logs, self._group = glue, logs, log_group
        self._on_task, self._on_table, self._on_wait = on_task, on_table, on_wait
        self._running: dict[str, float] = {}
        self._job_runs: dict[str, JobRun] = {}

    def watch(self) -> None:
        """Returns when the DAG run has ended; an interrupt leaves Glue runs going until `stop`."""
        begin = time.monotonic()
        for event in self._dag_run.events(LOOK_SECONDS):
            if event is None:
                self._look()
            else:
                self._take(event)
            self.seconds = time.monotonic() - begin

    def stop(self) -> list[str]:
        """Stops what is running; returns the ids of the Glue runs that were stopped, by Airflow as it ended or by this."""
        before = [event for event in list(self._dag_run.told) if event["event"] == "task"]
        ended = {event["task"] for event in before if event["state"] != "running"}
        self._dag_run.stop()
        # The interrupt came anywhere, perhaps between a task's start and the moment when it was taken note of.
        stopped = []
        for event in list(self._dag_run.told):
            if event["event"] == "plan" and not self.tasks:
                self._take(event)
            if event["event"] == "task" and event["state"] == "running" and event["task"] not in ended:
                self.run_id = event["run_id"]
                job_run = self._find(self._task(event["task"]))
                stopped += [job_run.id] if job_run is not None and job_run.stop() else []
        return stopped

    @property
    def failed(self) -> list[TaskRun]:
        """The tasks that failed by themselves."""
        return [task for task in self.tasks if task.state == "failed"]

    @property
    def tables(self) -> list[TableOutcome]:
        """The outcomes of all tasks."""
        return [table for task in self.tasks for table in task.tables]

    def _take(self, event: Event) -> None:
        match event["event"]:
            case "plan":
                self._dag_id = event["dag"]
                self.tasks = [TaskRun(task["id"], task["job"]) for task in event["tasks"]]
            case "waiting":
                self._on_wait(event["why"])
            case "task" if event["state"] == "running":
                self.run_id = event["run_id"]
                task = self._task(event["task"])
                self._running[task.id] = time.monotonic()
                task.state = "running"
                self._on_task(task)
            case "task":
                self._end(self._task(event["task"]), event["state"], event["error"])
            case "run":
                self.run_id, self.state = event["run_id"], event["state"]
                for task in self.tasks:
                    if task.state in {"waiting", "running"}:
                        self._end(task, event["tasks"].get(task.id, "none"), None)

    def _end(self, task: TaskRun, state: str, error: str | None) -> None:
        job_run = None
        if task.id in self._running:
            self._look_at(task)
            task.seconds = time.monotonic() - self._running.pop(task.id)
            job_run = self._job_runs.pop(task.id, None)
            task.note = job_run.log.missing if job_run is not None else None
        if state == "skipped" and self.failed:
            # Only contracts are not needed; a job is skipped where the jobs before it brought nothing up to date.
            state = "upstream_failed"
        task.state, task.error = state, error
        if state == "failed" and job_run is not None:
            task.error = job_run.state()[1] or error
            task.log = job_run.lines
        self._on_task(task)

    def _look(self) -> None:
        for task in self._running:
            self._look_at(self._task(task))

    def _look_at(self, task: TaskRun) -> None:
        job_run = self._job_runs.get(task.id) or self._find(task)
        if job_run is None:
            return
        self._job_runs[task.id] = job_run
        task.job_run = job_run.id
        for outcome in job_run.outcomes():
            task.tables.append(outcome)
            self._on_table(outcome)

    def _find(self, task: TaskRun) -> JobRun | None:
        started_by = f"{self._dag_id}:{task.id}:{self.run_id}:-1"
        return JobRun.started_by(started_by, job=task.job, glue=self._glue, logs=self._logs, group=self._group)

    def _task(self, name: str) -> TaskRun:
        return next(task for task in self.tasks if task.id == name)
