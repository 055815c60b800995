"""One job run, from its role's credentials to its exit code."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import ClientError

from local.clients import Clients
from local.emulator.process import Emulator
from local.errors import LaptopError, ToolMissing
from local.processes import kill_group, started_at
from local.service import Json, ServiceError
from local.services.glue import PRINCIPAL
from local.services.glue.jobs.cause import cause_of
from local.services.glue.jobs.log_stream import LogStream
from local.services.glue.jobs.runs import Run, RunStore
from local.services.glue.jobs.wheels import Wheelhouse
from local.services.glue.spark.configuration import spark_properties
from local.services.glue.spark.pool import SparkPool
from local.services.glue.spark.process import ScriptRun, SparkProcess
from local.services.glue.spark.runtime import SparkRuntime
from local.settings import ROOT

# What a script can't do here; better told than left out.
UNSUPPORTED = ("--extra-py-files", "--extra-jars", "--extra-files", "--python-virtual-env")


class Driver:
    """Runs a job once; `start` returns at once and the store tells what becomes of it."""

    def __init__(self, emulator: Emulator, runs: RunStore, pool: SparkPool, job: Json, run: Run, finished: Callable[[Run], None]) -> None:
        self._emulator = emulator
        self._settings = emulator.settings
        self._runs = runs
        self._pool = pool
        self._job = job
        self._run = run
        self._finished = finished
        self._runtime = SparkRuntime(ROOT)
        self._folder = self._settings.temporary / "runs" / run.id
        self._arguments = arguments_of(job, run)
        self._pid: int | None = None
        self._stopping = threading.Event()
        self._timed_out = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True, name=f"run-{run.id[:12]}")

    def start(self) -> None:
        """Begins the run."""
        self._thread.start()

    def stop(self, wait: bool = False) -> None:
        """Ends the run as STOPPED, with all of its processes."""
        self._stopping.set()
        self._runs.change(self._run, "STOPPING", pid=self._run.pid, pid_started=self._run.pid_started)
        if self._pid is not None:
            kill_group(self._pid)
        if wait:
            self._thread.join(timeout=20)

    def _live(self) -> None:
        try:
            error = self._work()
        except (ServiceError, LaptopError) as failure:
            error = str(failure)
        except ClientError as failure:
            error = str(failure)
        except Exception as failure:  # noqa: BLE001 - a run must end in some state, and its error says which
            error = f"the laptop could not run the job: {type(failure).__name__}: {failure}"
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._stopping.is_set():
            self._runs.change(self._run, "STOPPED")
        elif self._timed_out.is_set():
            self._runs.change(self._run, "TIMEOUT", f"the run took longer than its timeout of {self._run.timeout_minutes} minutes")
        elif error:
            self._runs.change(self._run, "FAILED", error)
        else:
            self._runs.change(self._run, "SUCCEEDED")
        self._finished(self._run)

    def _work(self) -> str:
        if not self._runtime.java.exists():
            raise ToolMissing("the java that runs Spark", self._runtime.java)
        unsupported = sorted(set(self._arguments) & set(UNSUPPORTED))
        if unsupported:
            return f"the laptop does not know the job argument {', '.join(unsupported)}"
        credentials = self._emulator.roles.client_environment(self._job["Role"], PRINCIPAL, f"GlueJobRunnerSession-{self._run.id[:20]}")
        clients = Clients(credentials)
        log = self._log(clients)
        log.create()
        self._check_connections(clients)
        script = self._fetch_script(clients)
        modules = self._install_modules(clients)
        if self._stopping.is_set():
            return "stopped"
        process = self._pool.take(self._stopping.is_set)
        if process is None:
            return "stopped"
        try:
            code = self._run_in(process, script, modules, credentials, log)
        finally:
            self._pid = None
            self._pool.give_back(process)
        if code != 0:
            return cause_of(list(log.end), code)
        return f"its log could not be written: {log.refused}" if log.refused else ""

    def _run_in(self, process: SparkProcess, script: Path, modules: list[Path], credentials: dict[str, str], log: LogStream) -> int:
        process.gateway()
        self._pid = process.pid
        if not self._runs.change(self._run, "RUNNING", pid=process.pid, pid_started=started_at(process.pid)) or self._stopping.is_set():
            process.kill()
            return -signal.SIGKILL
        running = self._start(process, script, modules, credentials)
        timer = threading.Timer(self._run.timeout_minutes * 60, self._time_out, [process.pid])
        timer.daemon = True
        timer.start()
        following = threading.Thread(target=log.follow, args=[running.output], daemon=True, name=f"output-{self._run.id[:12]}")
        following.start()
        code = running.wait()
        timer.cancel()
        following.join()
        return code

    def _log(self, clients: Clients) -> LogStream:
        # Glue 5 and later know a prefix only, and write what a driver prints to its `/output`.
        group = f"{self._run.settings['LogGroupName']}/output"
        return LogStream(clients.of("logs"), group, self._run.id, self._settings.logs / "jobs" / f"{self._run.id}.log")

    def _check_connections(self, clients: Clients) -> None:
        glue = clients.of("glue")
        for name in self._job.get("Connections", {}).get("Connections", []):
            glue.get_connection(Name=name)

    def _fetch_script(self, clients: Clients) -> Path:
        location = str(self._job["Command"]["ScriptLocation"])
        script = self._folder / "script" / location.rpartition("/")[2]
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_bytes(_read(clients, location))
        return script

    def _install_modules(self, clients: Clients) -> list[Path]:
        house = Wheelhouse(self._settings.cache / "wheels", self._runtime.python)
        folders = []
        for location in filter(None, self._arguments.get("--additional-python-modules", "").split(",")):
            if not location.startswith("s3://") or not location.endswith((".zip", ".whl")):
                raise LaptopError(f"--additional-python-modules: {location!r}; the laptop installs a .gluewheels.zip from s3:// only")
            folders.append(house.install(_read(clients, location)))
        return folders

    def _start(self, process: SparkProcess, script: Path, modules: list[Path], credentials: dict[str, str]) -> ScriptRun:
        scratch = self._folder / "scratch"
        scratch.mkdir(parents=True)
        environment = {
            # The system's own environment has no say in a job, as on AWS.
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
            **credentials,
            "PYSPARK_PYTHON": str(self._runtime.python),
            "PYTHONPATH": os.pathsep.join(map(str, modules)),
            "PYTHONUNBUFFERED": "1",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TMPDIR": str(scratch),
            "TZ": "UTC",
        }
        argv = [word for pair in self._arguments.items() for word in pair]
        properties = spark_properties(self._settings, scratch, self._arguments.get("--conf", ""))
        return process.start(script, argv, properties, environment, scratch)

    def _time_out(self, pid: int) -> None:
        self._timed_out.set()
        kill_group(pid)


def arguments_of(job: Json, run: Run) -> dict[str, str]:
    """What the script is called with: the job's defaults, the run's over them, what can't be overridden, and Glue's own."""
    return {
        **job.get("DefaultArguments", {}),
        **run.arguments,
        **job.get("NonOverridableArguments", {}),
        "--JOB_NAME": run.job,
        "--JOB_RUN_ID": run.id,
        "--JOB_ID": f"j_{run.job}",
    }


def _read(clients: Clients, location: str) -> bytes:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    try:
        content: bytes = clients.of("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise LaptopError(f"{location}: {error}") from error
    return content
