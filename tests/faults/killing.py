"""Killing a Glue job run between two of its commits."""

import os
import signal
import time

from cli.run.job_runs import ENDED
from tests.local.job_runs import LONGEST_SECONDS
from tests.local.lake import Lake

# How long a run goes on before it is looked at again: shorter than it takes to make a commit.
SLICE_SECONDS = 0.15


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
