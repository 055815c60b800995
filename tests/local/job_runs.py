"""Runs of Glue jobs, started without Airflow where a test looks at neither it nor the command."""

import time
import uuid
from typing import Any

from cli.run.job_log import RunLog
from cli.run.job_runs import ENDED
from tests.local.lake import Lake

LONGEST_SECONDS = 300
OUTPUT = "/medallion/local/jobs/output"


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


def refreshed(lake: Lake, *jobs: str) -> None:
    """Runs jobs one after the other as one new DAG run would, in a third of the time that `lake run` takes."""
    run = f"manual__{uuid.uuid4()}"
    for job in jobs:
        succeeded(lake, job, lake.start_job(job, dag_run=run))
