"""`lake run` that is interrupted, told to end or killed: no job run and no Airflow is left behind, and the next one goes on."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.test_kill import TABLES, agree
from tests.local.job_runs import LONGEST_SECONDS, ended, succeeded
from tests.local.lake import Lake

JOB = "local-ingest-store"


@contextmanager
def ingesting(lake: Lake) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`lake run` while the job is under way, and the id of the job's run."""
    assert lake.laptop.job_processes() == {}
    # Of this process's own; the command starts one.
    lake.close()
    with lake.started("run", *TABLES) as command:
        end = time.monotonic() + LONGEST_SECONDS
        while not (found := under_way(lake)):
            assert command.poll() is None, command.communicate()
            assert time.monotonic() < end, "no job was started"
            time.sleep(0.1)
        (run_id,) = found
        try:
            yield command, run_id
        finally:
            command.kill()


def under_way(lake: Lake) -> list[str]:
    """The runs of the job whose process lives."""
    runs = lake.client("glue").get_job_runs(JobName=JOB)["JobRuns"]
    return sorted({run["Id"] for run in runs} & lake.laptop.job_processes().keys())


def airflows(lake: Lake) -> list[int]:
    """The processes that run a DAG file of this laptop."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            written = entry.read_bytes().decode(errors="replace")
        except OSError:
            # It has ended since.
            continue
        if "dag_runner.py" in written and str(lake.home) in written:
            found.append(int(entry.parent.name))
    return found


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGINT, id="SIGINT", marks=pytest.mark.full_size), pytest.param(signal.SIGTERM, id="SIGTERM")],
)
def test_a_run_that_is_told_to_end_leaves_nothing_running(lake: Lake, number: signal.Signals) -> None:
    with ingesting(lake) as (command, run_id):
        assert len(airflows(lake)) == 1
        command.send_signal(number)
        out, err = command.communicate(timeout=LONGEST_SECONDS)
    assert (command.returncode, out) == (130, "")
    assert f"stopped Glue run {run_id}" in err
    assert "Traceback" not in err
    assert airflows(lake) == []
    assert ended(lake, JOB, run_id)["JobRunState"] == "STOPPED"
    assert lake.laptop.job_processes() == {}


def test_the_lock_of_a_run_that_is_killed_lives_as_long_as_its_airflow_and_the_next_one_goes_on(lake: Lake) -> None:
    with ingesting(lake) as (command, run_id):
        command.kill()
        command.communicate()
        (airflow,) = airflows(lake)
        refused = lake.command("run", *TABLES, fails=True)
        assert refused.code == 2
        assert f"its Airflow is process {airflow}" in refused.err
        os.kill(airflow, signal.SIGKILL)
        with (lake.home / "airflow" / "local" / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
    succeeded(lake, JOB, run_id)
    assert lake.run(*TABLES)["state"] == "success"
    agree(lake)
