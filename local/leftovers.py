"""What a laptop that was killed left running, told by its own state, and never by a number alone."""

import json
import os
from pathlib import Path

import psutil

from local.processes import Process
from local.services.rds.postgres import Postgres, is_running
from local.services.rds.programs import Programs
from local.settings import Settings

UNFINISHED = ("STARTING", "RUNNING", "STOPPING")


def stop_leftovers(settings: Settings, root: Path) -> list[str]:
    """Stops databases, job runs and functions whose laptop is gone; only while no laptop runs on this home.

    Returns:
        What was stopped, for a person.
    """
    return [*_job_runs(settings), *_others(settings), *_databases(settings, root)]


def stop_engine(settings: Settings, root: Path) -> list[str]:
    """Stops Athena's engine of a home whose laptop is gone; the next laptop of this home would use it again.

    Returns:
        What was stopped, for a person.
    """
    if settings.athena or settings.engine is None or not settings.engine.exists():
        return []
    # Only where there is one: what it loads takes longer than all else that a command does.
    from local.services.athena.trino.runtime import TrinoRuntime
    from local.services.athena.trino.server import Server

    return ["Athena's engine"] if Server(settings.engine, TrinoRuntime(root)).stop(0.0) else []


def _job_runs(settings: Settings) -> list[str]:
    stopped = []
    for file in sorted((settings.state / "glue-runs").glob("*.json")):
        run = json.loads(file.read_text())
        if run["state"] in UNFINISHED and run["pid"] is not None:
            process = Process(run["pid"], run["pid_started"])
            if process.alive:
                process.kill_group()
                stopped.append(f"job run {run['id']}")
    return stopped


def _others(settings: Settings) -> list[str]:
    # All that a laptop starts has its scratch folder, also what it had no time to write down.
    stopped = []
    for process in psutil.process_iter(["name"]):
        try:
            scratch = process.environ().get("TMPDIR", "")
            if process.pid != os.getpid() and scratch and Path(scratch).is_relative_to(settings.temporary):
                process.kill()
                stopped.append(f"process {process.pid} ({process.info['name']})")
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return stopped


def _databases(settings: Settings, root: Path) -> list[str]:
    stopped = []
    for data in sorted(file.parent for file in (settings.state / "postgres").glob("*/postmaster.pid")):
        if is_running(data):
            Postgres(data, 0, settings.logs / f"postgres-{data.name}.log", settings.home, root).stop()
            stopped.append(f"database {data.name}")
    Programs(settings.home, root).remove()
    return stopped
