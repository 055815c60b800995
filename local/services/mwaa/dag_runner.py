"""Runs DAG files one after the other with Airflow's own `dag.test()`, as one process of Airflow's environment.

    .tools/airflow/bin/python local/services/mwaa/dag_runner.py DAGS_FOLDER

Stdin is one JSON line per run, until it ends: {"file": "…", "conf": {…}}. A run that can't be started ends the process.

Stdout is one JSON line per event, and nothing else; all of Airflow's own output goes to stderr:

    {"event": "plan", "dag": "…", "tasks": [{"id": "…", "job": "…"}]}
    {"event": "task", "task": "…", "state": "running|success|skipped|failed", "run_id": "…", "error": null}
    {"event": "run", "run_id": "…", "state": "success|failed", "tasks": {"…": "success|skipped|failed|upstream_failed"}}
"""

import gc
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
    """An Airflow listener that tells what becomes of each task.

    Attributes:
        jobs: The tasks of the present run that are jobs.
    """

    def __init__(self, stream: TextIO) -> None:
        self.jobs: Collection[str] = ()
        self._stream = stream
        self._told_to_end = sigterms()

    def tell(self, **event: Any) -> None:
        """Writes one event."""
        self._stream.write(json.dumps(event) + "\n")
        self._stream.flush()

    def _task(self, state: str, task_instance: Any, error: object = None) -> None:
        if state == "running" and self._told_to_end():
            # A run goes on after a task that failed, but not after one that was interrupted.
            os._exit(128 + signal.SIGTERM)
        if task_instance.task_id not in self.jobs:
            return
        self.tell(
            event="task",
            task=task_instance.task_id,
            state=state,
            run_id=task_instance.run_id,
            error=None if error is None else str(error),
        )


def listener(stream: TextIO) -> TaskEvents:
    """The events of the jobs of DAG runs, written to a stream as they happen."""
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

    return Listener(stream)


def migrated() -> None:
    """Makes Airflow's database once for each of its versions."""
    from airflow import __version__

    mark = Path(os.environ["AIRFLOW_HOME"]) / "migrated"
    if mark.is_file() and mark.read_text() == __version__:
        return
    from airflow.utils.db import upgradedb

    upgradedb()
    mark.write_text(__version__)


def newest_api_only() -> None:
    """Leaves the older versions out of the API by which tasks talk with Airflow: here both are this process.

    Airflow derives the routes of each version from those of the next newer one, which takes as long as the rest of a small run.
    """
    from cadwyn import HeadVersion, Version, VersionBundle, VersionedAPIRouter

    def remove(router: Any, endpoint: Any) -> Any:
        router.routes[:] = [route for route in router.routes if route.endpoint is not endpoint]
        return endpoint

    VersionedAPIRouter.only_exists_in_older_versions = remove
    from airflow.api_fastapi.execution_api import versions

    versions.bundle = VersionBundle(HeadVersion(), Version(versions.bundle.versions[0].value))


def dag_of(file: Path) -> Any:
    """The DAG that a file defines under the name `dag`."""
    spec = util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.dag


def run(file: Path, conf: dict[str, Any], events: TaskEvents) -> None:
    """Runs a DAG to its end."""
    dag = dag_of(file)
    jobs = {task.task_id: task.job_name for task in dag.topological_sort() if hasattr(task, "job_name")}
    events.jobs = jobs.keys()
    events.tell(
        event="plan",
        dag=dag.dag_id,
        tasks=[{"id": task, "job": job} for task, job in jobs.items()],
    )
    dag_run = dag.test(run_conf=conf)
    tasks = {task.task_id: str(task.state) for task in dag_run.get_task_instances() if task.task_id in jobs}
    events.tell(event="run", run_id=dag_run.run_id, state=str(dag_run.state), tasks=tasks)


def main(dags: str) -> None:
    """Runs what stdin asks for."""
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = dags
    stream = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # Airflow makes so many objects that to look through all of them as often as usual takes a quarter of a run's time.
    gc.set_threshold(100_000, 50, 100)
    migrated()
    newest_api_only()
    from airflow.sdk.listener import get_listener_manager

    events = listener(stream)
    get_listener_manager().add_listener(events)
    for line in sys.stdin:
        asked = json.loads(line)
        run(Path(asked["file"]), asked["conf"], events)


if __name__ == "__main__":
    main(sys.argv[1])
    sys.stderr.flush()
    # All is committed; Airflow's own way out takes two seconds more.
    os._exit(0)
