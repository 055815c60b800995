"""One run of an environment at a time from this folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cli.context import Context
from cli.terminal.failures import Refused


def airflow_home(context: Context) -> Path:
    """The folder of the Airflow that runs an environment's DAGs from here."""
    return context.home / "airflow" / context.environment


@contextmanager
def alone(context: Context) -> Iterator[TextIO]:
    """One run of an environment at a time from this folder; Airflow's max_active_runs does not hold in `dag.test()`.

    Gives the lock, so that Airflow's process can hold it too: a run goes on even when its command was killed.
    """
    lock = airflow_home(context) / "lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"another `lake run` of {context.environment} is going ({lock} is locked; "
                f"{lock.read_text().strip() or 'it is about to start Airflow'}): wait for it or stop it"
            ) from None
        file.truncate(0)
        yield file
