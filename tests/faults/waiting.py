"""Waiting for a Glue job run, and killing it."""

import os
import signal
import time
from typing import Any

from cli.run_log import RunLog
from tests.local.lake import Lake

ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"}
LONGEST_SECONDS = 300
OUTPUT = "/medallion/local/jobs/output"
# How long a run goes on before it is looked at again: shorter than it takes to make a commit.
SLICE_SECONDS = 0.15


def ended(lake: Lake, job: str, run_id: str) -> dict[str, Any]:
    """A run after it has ended."""
    end = time.monotonic() + LONGEST_SECONDS
    while (run := lake.job_run(job, run_id))["JobRunState"] not in ENDED:
        if time.monotonic() > end:
            raise TimeoutError(f"{job} {run_id} is {run['JobRunState']} after {LONGEST_SECONDS} s")
        time.sleep(0.2)
    return run


def succeeded(lake: Lake, job: str, run_id: str) -> None:
    """Waits for a run's end, and fails with what Glue and the run say of it if it is not a good one."""
    run = ended(lake, job, run_id)
    log = RunLog(lake.client("logs"), OUTPUT, run_id)
    told = [line for line in log.new_lines() if '"failed"' in line or '"skipped"' in line]
    assert run["JobRunState"] == "SUCCEEDED", "\n".join([f"{job} {run_id}: {run.get('ErrorMessage')}", *told])


def killed_after(lake: Lake, job: str, run_id: str, commits: int) -> bool:
    """Kills a run (SIGKILL) once it has made so many commits; returns whether it was still alive then.

    None means before the first one, but not before it began to write: when a file of the run is there. The run stands still while
    it is looked at, so that it makes no commits in the meantime.
    """
    at, made, files = lake.metadata_locations(), 0, lake.table_files()
    end = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < end:
        process = lake.laptop.job_processes().get(run_id)
        if process is None:
            if lake.job_run(job, run_id)["JobRunState"] in ENDED:
                return False
            continue
        try:
            os.killpg(process, signal.SIGSTOP)
            now = lake.metadata_locations()
            made += sum(location != at.get(table) for table, location in now.items())
            at = now
            if made >= commits and (made or lake.table_files() - files):
                os.killpg(process, signal.SIGKILL)
                return True
            os.killpg(process, signal.SIGCONT)
        except ProcessLookupError:
            # It ended before it could be stopped.
            continue
        time.sleep(SLICE_SECONDS)
    raise TimeoutError(f"{job} {run_id} made {made} of {commits} commits in {LONGEST_SECONDS} s")
