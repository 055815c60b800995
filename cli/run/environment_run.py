"""A DAG run in an MWAA environment, started and followed by MWAA's own API."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cli.run.airflow_api import Airflow, EnvironmentUnfit
from cli.run.product_run import Event
from cli.terminal.failures import Refused
from medallion.manifest.schedule import Plan

# MWAA looks for changed DAGs twice a minute and parses them; a laptop starts its Airflow in half of one.
PATIENCE_SECONDS = 600.0
ENDED = frozenset({"success", "failed"})
STATES = {
    "running": "running",
    "deferred": "running",
    "restarting": "running",
    "up_for_retry": "running",
    "up_for_reschedule": "running",
    "success": "success",
    "skipped": "skipped",
    "failed": "failed",
    "upstream_failed": "upstream_failed",
    "removed": "failed",
}


class EnvironmentRun:
    """One run of a product's DAG in an environment.

    Attributes:
        run_id: The DAG run's id.
        told: All events so far, those that nobody has taken yet among them.
    """

    def __init__(self, airflow: Airflow, plan: Plan, conf: Mapping[str, object]) -> None:
        """Means a run; it is started when its events are first asked for.

        Args:
            airflow: The environment's.
            plan: The deployed DAG's.
            conf: The run's parameters; none for their defaults.
        """
        self.run_id = f"lake__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"
        self.told: list[Event] = []
        self._airflow, self._plan, self._conf = airflow, plan, dict(conf)
        self._states: dict[str, str] = {}
        self._state = ""
        self._waits_for = ""
        self._taken = 0

    @property
    def _path(self) -> str:
        return f"/dags/{self._plan.dag_id}"

    def events(self, wait_seconds: float) -> Iterator[Event | None]:
        """The run's events in order; None after each look that found nothing new.

        Raises:
            EnvironmentUnfit: The environment does not have this release's DAG, or refuses to run it.
        """
        self._tell(event="plan", dag=self._plan.dag_id, tasks=[{"id": task.id, "job": task.job} for task in self._plan.tasks])
        yield from self._new()
        yield from self._until_it_can_run(wait_seconds)
        self._airflow.send("POST", f"{self._path}/dagRuns", {"dag_run_id": self.run_id, "logical_date": None, "conf": self._conf})
        self._state = "queued"
        while self._state not in ENDED:
            self._look()
            if self._state == "queued":
                self._wait_for_others()
            yield from self._new()
            if self._state not in ENDED:
                time.sleep(wait_seconds)

    def stop(self) -> None:
        """Ends the run as failed, so that nothing of it starts any more; safe when it has ended."""
        if self._state and self._state not in ENDED:
            self._look()
        if self._state and self._state not in ENDED:
            self._airflow.send("PATCH", f"{self._path}/dagRuns/{self.run_id}", {"state": "failed"})
            self._state = "failed"

    def _until_it_can_run(self, wait_seconds: float) -> Iterator[Event | None]:
        """Tells what is waited for while the environment comes up, or has not yet read the deployed DAG."""
        end = time.monotonic() + PATIENCE_SECONDS
        while problem := self._problem():
            if time.monotonic() > end:
                raise EnvironmentUnfit(f"{problem}; waited {PATIENCE_SECONDS:.0f} s")
            self._wait(problem)
            yield from self._new()
            time.sleep(wait_seconds)

    def _problem(self) -> str | None:
        """What stands between the environment and the run, None if nothing does."""
        if (status := self._airflow.status()) != "AVAILABLE":
            return f"the MWAA environment {self._airflow.name} is {status}"
        found = self._airflow.get(self._path)
        # Its description names the release that a DAG belongs to.
        if found is None or self._plan.release not in str(found["description"]):
            errors = self._airflow.get("/importErrors") or {"import_errors": []}
            told = [
                f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}"
                for error in errors["import_errors"]
                if str(error["filename"]).endswith(f"{self._plan.product}.py")
            ]
            return "; ".join([f"Airflow has not read {self._plan.dag_id} of release {self._plan.release} yet", *told])
        if found["is_paused"]:
            raise Refused(f"the DAG {self._plan.dag_id} is paused in Airflow: unpause it there (`lake open airflow`)")
        return None

    def _look(self) -> None:
        jobs = {task.id for task in self._plan.tasks}
        run = self._airflow.get(f"{self._path}/dagRuns/{self.run_id}")
        found = self._airflow.get(f"{self._path}/dagRuns/{self.run_id}/taskInstances", limit=100)
        for task in sorted(found["task_instances"], key=lambda task: str(task["start_date"] or "9")):
            name, state = task["task_id"], STATES.get(str(task["state"]), "")
            if name not in jobs or not state or self._states.get(name) == state:
                continue
            if self._states.get(name) is None and state in ENDED:
                # It was faster than our look.
                self._tell(event="task", task=name, state="running", run_id=self.run_id, error=None)
            self._states[name] = state
            error = self._cause(name, int(task["try_number"])) if state == "failed" else None
            self._tell(event="task", task=name, state=state, run_id=self.run_id, error=error)
        self._state = str(run["state"])
        if self._state in ENDED:
            self._tell(event="run", run_id=self.run_id, state=self._state, tasks=dict(self._states))

    def _wait_for_others(self) -> None:
        """Tells which run goes before this one: a DAG has one at a time."""
        found = self._airflow.get(f"{self._path}/dagRuns", state="running", limit=1)
        for other in found["dag_runs"]:
            # Since it was last looked at this one may have begun.
            if other["dag_run_id"] != self.run_id:
                self._wait(f"{self._plan.dag_id} runs once at a time, and {other['dag_run_id']} is going")

    def _wait(self, why: str) -> None:
        """Tells once what is waited for."""
        if why != self._waits_for:
            self._waits_for = why
            self._tell(event="waiting", why=why)

    def _cause(self, task: str, try_number: int) -> str | None:
        """The last error in a task's log."""
        log = self._airflow.get(f"{self._path}/dagRuns/{self.run_id}/taskInstances/{task}/logs/{try_number}", full_content=True)
        lines = log["content"] if log and isinstance(log["content"], list) else []
        for line in reversed(lines):
            for detail in line.get("error_detail") or ():
                return f"{detail['exc_type']}: {detail['exc_value']}"
            if line.get("level") == "error":
                return str(line.get("event"))
        return None

    def _tell(self, **event: Any) -> None:
        self.told.append(event)

    def _new(self) -> Iterator[Event | None]:
        """The events that nobody has taken yet; None where there is none."""
        if self._taken == len(self.told):
            yield None
        while self._taken < len(self.told):
            self._taken += 1
            yield self.told[self._taken - 1]
