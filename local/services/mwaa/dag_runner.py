"""Runs one DAG file with Airflow's own `dag.test()`, as a process of Airflow's environment.

    .tools/airflow/bin/python local/services/mwaa/dag_runner.py DAG_FILE CONF_JSON

Stdout is one JSON line an event, and nothing else; all of Airflow's own output goes to stderr:

    {"event": "plan", "dag": "…", "tasks": [{"id": "…", "job": "…"}]}
    {"event": "task", "task": "…", "state": "running|success|skipped|failed", "run_id": "…", "error": null}
    {"event": "run", "run_id": "…", "state": "success|failed", "tasks": {"…": "success|skipped|failed|upstream_failed"}}

The exit code is 0 if the DAG run succeeded.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Collection
from importlib import util
from pathlib import Path
from typing import Any, TextIO


def sigterms() -> Callable[[], bool]:
    """Tells, each time it is called, whether a SIGTERM came since the last time."""
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    # While a task runs the handler is Airflow's, which stops the Glue run and says nothing; Python notes each signal here as well.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def came() -> bool:
        try:
            return signal.SIGTERM in os.read(reading, 4096)
        except BlockingIOError:
            return False

    return came


class TaskEvents:
    """An Airflow listener that tells what becomes of each task."""

    def __init__(self, stream: TextIO, jobs: Collection[str]) -> None:
        self._stream = stream
        self._jobs = jobs
        self._told_to_end = sigterms()

    def tell(self, **event: Any) -> None:
        """Writes one event."""
        self._stream.write(json.dumps(event) + "\n")
        self._stream.flush()

    def _task(self, state: str, task_instance: Any, error: object = None) -> None:
        if state == "running" and self._told_to_end():
            # A run goes on after a task that failed, but not after one that was interrupted.
            os._exit(128 + signal.SIGTERM)
        if task_instance.task_id not in self._jobs:
            return
        self.tell(
            event="task",
            task=task_instance.task_id,
            state=state,
            run_id=task_instance.run_id,
            error=None if error is None else str(error),
        )


def listener(stream: TextIO, jobs: Collection[str]) -> TaskEvents:
    """The events of a DAG run's jobs, written to a stream as they happen."""
    from airflow.listeners import hookimpl

    class Listener(TaskEvents):
        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_running(self, previous_state: Any, task_instance: Any) -> None:
            self._task("running", task_instance)

        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
            self._task("success", task_instance)

        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_skipped(self, previous_state: Any, task_instance: Any) -> None:
            self._task("skipped", task_instance)

        @hookimpl  # type: ignore[untyped-decorator]
        def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
            self._task("failed", task_instance, error)

    return Listener(stream, jobs)


def migrated() -> None:
    """Makes Airflow's database once for each of its versions."""
    from airflow import __version__

    mark = Path(os.environ["AIRFLOW_HOME"]) / "migrated"
    if mark.is_file() and mark.read_text() == __version__:
        return
    from airflow.utils.db import upgradedb

    upgradedb()
    mark.write_text(__version__)


def dag_of(file: Path) -> Any:
    """The DAG that a file defines under the name `dag`."""
    spec = util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dag


def main(file: Path, conf: dict[str, Any]) -> int:
    """Runs the DAG; returns the exit code."""
    events = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    migrated()
    from airflow.sdk.listener import get_listener_manager

    dag = dag_of(file)
    jobs = {task.task_id: task.job_name for task in dag.topological_sort() if hasattr(task, "job_name")}
    tell = listener(events, jobs)
    get_listener_manager().add_listener(tell)
    tell.tell(
        event="plan",
        dag=dag.dag_id,
        tasks=[{"id": task, "job": job} for task, job in jobs.items()],
    )
    run = dag.test(run_conf=conf)
    tasks = {task.task_id: str(task.state) for task in run.get_task_instances() if task.task_id in jobs}
    tell.tell(event="run", run_id=run.run_id, state=str(run.state), tasks=tasks)
    return 0 if str(run.state) == "success" else 1


if __name__ == "__main__":
    code = main(Path(sys.argv[1]), json.loads(sys.argv[2]))
    sys.stderr.flush()
    # All is committed; Airflow's own way out takes two seconds more.
    os._exit(code)
