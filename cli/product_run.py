"""One run of a product: its DAG's events and its jobs' logs, brought together."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cli.job_runs import JobRun, TableOutcome
from cli.orchestrator import DagRun, Event

LOOK_SECONDS = 0.5


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
        dag_run: DagRun,
        *,
        glue: Any,
        logs: Any,
        log_group: str,
        on_task: Callable[[TaskRun], None],
        on_table: Callable[[TableOutcome], None],
    ) -> None:
        """Watches a DAG run.

        Args:
            dag_run: It, just started.
            glue: A Glue client.
            logs: A CloudWatch Logs client.
            log_group: The log group of what jobs print.
            on_task: Called when a task starts and when it ends.
            on_table: Called for each table's outcome as it is logged.
        """
        self.tasks: Sequence[TaskRun] = ()
        self.state = "running"
        self.run_id = ""
        self.seconds = 0.0
        self._dag_run = dag_run
        self._dag_id = ""
        self._glue, self._logs, self._group = glue, logs, log_group
        self._on_task, self._on_table = on_task, on_table
        self._running: TaskRun | None = None
        self._job_run: JobRun | None = None
        self._since = 0.0

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
        self._dag_run.stop()
        # The interrupt came anywhere, perhaps between a task's start and the moment when it was taken note of.
        for event in reversed(told := list(self._dag_run.told)):
            if event["event"] == "task" and event["state"] == "running":
                self._take(told[0])
                self.run_id = event["run_id"]
                job_run = self._find(self._task(event["task"]))
                return [job_run.id] if job_run is not None and job_run.stop() else []
        return []

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
            case "task" if event["state"] == "running":
                self.run_id = event["run_id"]
                self._running, self._job_run, self._since = self._task(event["task"]), None, time.monotonic()
                self._running.state = "running"
                self._on_task(self._running)
            case "task":
                self._end(self._task(event["task"]), event["state"], event["error"])
            case "run":
                self.run_id, self.state = event["run_id"], event["state"]
                for task in self.tasks:
                    if task.state in {"waiting", "running"}:
                        self._end(task, event["tasks"].get(task.id, "none"), None)

    def _end(self, task: TaskRun, state: str, error: str | None) -> None:
        if task is self._running:
            self._look()
            task.seconds = time.monotonic() - self._since
            task.note = self._job_run.log.missing if self._job_run is not None else None
        if state == "skipped" and self.failed:
            # Only contracts are not needed; a job is skipped where the jobs before it brought nothing up to date.
            state = "upstream_failed"
        task.state, task.error = state, error
        if state == "failed" and self._job_run is not None:
            task.error = self._job_run.state()[1] or error
            task.log = self._job_run.lines
        self._running = self._job_run = None
        self._on_task(task)

    def _look(self) -> None:
        if self._running is None:
            return
        self._job_run = self._job_run or self._find(self._running)
        if self._job_run is None:
            return
        self._running.job_run = self._job_run.id
        for outcome in self._job_run.outcomes():
            self._running.tables.append(outcome)
            self._on_table(outcome)

    def _find(self, task: TaskRun) -> JobRun | None:
        started_by = f"{self._dag_id}:{task.id}:{self.run_id}:-1"
        return JobRun.started_by(started_by, job=task.job, glue=self._glue, logs=self._logs, group=self._group)

    def _task(self, name: str) -> TaskRun:
        return next(task for task in self.tasks if task.id == name)
