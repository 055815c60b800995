"""Runs of Glue jobs are stopped whenever somebody asks, also just as they begin or end."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local.service import Context, Json
from local.services.glue.jobs import api
from local.services.glue.jobs.api import GlueJobs
from local.services.glue.jobs.runs import Run, RunStore
from local.settings import Settings

JOB: Json = {"Name": "job", "Command": {"Name": "glueetl"}, "Timeout": 5, "ExecutionProperty": {"MaxConcurrentRuns": 9}}
CONTEXT = Context("111111111111", "eu-west-1", "root", lambda request: {})


class Driver:
    """Ends when it is told to, and runs nothing."""

    def __init__(self, emulator: Any, runs: RunStore, pool: Any, job: Json, run: Run, finished: Callable[[Run], None]) -> None:
        self.runs, self.run, self.finished = runs, run, finished

    def start(self) -> None:
        """Nothing to start."""

    def stop(self, wait: bool = False) -> None:
        self.runs.change(self.run, "STOPPED")
        self.finished(self.run)


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GlueJobs:
    monkeypatch.setattr(api, "Driver", Driver)
    emulator: Any = SimpleNamespace(settings=Settings(tmp_path), records=SimpleNamespace(glue_job=lambda name: dict(JOB)), stopping=False)
    return GlueJobs(emulator)


def test_a_run_is_stopped_in_the_moment_of_its_start(jobs: GlueJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Json] = []
    stopping: list[threading.Thread] = []
    add = jobs._runs.add

    def stop(run_id: str) -> None:
        answers.append(jobs.stop_runs({"JobName": "job", "JobRunIds": [run_id]}, CONTEXT))

    def added(run: Run, at_most: int) -> bool:
        # Anybody may see the run from here on.
        known = add(run, at_most)
        stopping.append(threading.Thread(target=stop, args=[run.id]))
        stopping[0].start()
        stopping[0].join(timeout=0.5)
        return known

    monkeypatch.setattr(jobs._runs, "add", added)
    run_id = jobs.start_run({"JobName": "job"}, CONTEXT)["JobRunId"]
    stopping[0].join(timeout=10)

    assert [answer["SuccessfulSubmissions"] for answer in answers] == [[{"JobName": "job", "JobRunId": run_id}]]
    assert jobs.get_run({"JobName": "job", "RunId": run_id}, CONTEXT)["JobRun"]["JobRunState"] == "STOPPED"


def test_a_run_that_ends_while_it_is_stopped_is_no_failure(jobs: GlueJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = jobs.start_run({"JobName": "job"}, CONTEXT)["JobRunId"]
    run = jobs._runs.get(run_id)
    assert run is not None
    jobs._drivers.clear()
    [error] = jobs.stop_runs({"JobName": "job", "JobRunIds": [run_id]}, CONTEXT)["Errors"]
    assert "ended already" in error["ErrorDetail"]["ErrorMessage"]


@pytest.mark.parametrize(
    ("arguments", "prefix"),
    [
        pytest.param({"--custom-logGroup-prefix": "/a", "--continuous-log-logGroup": "/b"}, "/a", id="given"),
        pytest.param({"--continuous-log-logGroup": "/b"}, "/aws-glue/jobs", id="only what Glue 5 ignores"),
    ],
)
def test_a_run_shows_the_prefix_of_its_log_groups(jobs: GlueJobs, arguments: dict[str, str], prefix: str) -> None:
    run_id = jobs.start_run({"JobName": "job", "Arguments": arguments}, CONTEXT)["JobRunId"]
    assert jobs.get_run({"JobName": "job", "RunId": run_id}, CONTEXT)["JobRun"]["LogGroupName"] == prefix
