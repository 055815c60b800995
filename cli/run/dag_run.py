"""DAG runs by Airflow's own `dag.test()`: the process, and each run's events as they happen."""

import json
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Self

from cli.context import ROOT
from cli.run.product_run import Event
from cli.terminal.failures import Refused
from medallion.manifest.errors import LakeError

PYTHON = ROOT / ".tools" / "airflow" / "bin" / "python"
RUNNER = ROOT / "local" / "services" / "mwaa" / "dag_runner.py"


class OrchestratorError(LakeError):
    """Airflow ended before the DAG run did."""

    def __init__(self, code: int, log: Path) -> None:
        lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
        super().__init__("\n".join([f"Airflow ended with exit code {code} before the run did; its log is {log}:", *lines[-8:]]))


class LocalAirflow:
    """An Airflow of this folder, in a process of its own, which runs DAGs one after the other by `dag.test()`.

    Attributes:
        log: What it logs, task logs included.
        pid: Its process.
    """

    def __init__(
        self,
        dags: Path,
        *,
        home: Path,
        environ: Mapping[str, str],
        poll_seconds: int = 1,
        held: Sequence[int] = (),
        python: Path = PYTHON,
    ) -> None:
        """Starts it.

        Args:
            dags: The folder of its DAG files.
            home: Airflow's own folder, kept between runs.
            environ: The environment variables by which AWS is reached.
            poll_seconds: How often Airflow looks at a Glue run.
            held: File descriptors that stay open as long as it lives, whatever becomes of this process: a lock's.
            python: The interpreter of the Airflow.
        """
        if not python.exists():
            raise Refused(f"{python} is not there: run `make setup` in {ROOT}")
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "run.log"
        self._runs: deque[DagRun] = deque()
        self._over = False
        self._lock = Lock()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), str(RUNNER), str(dags)],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.PIPE,
                env={**_compiling(environ), **_settings(home, poll_seconds)},
                # Ctrl-C is for the command, which stops the Glue runs first.
                start_new_session=True,
                pass_fds=tuple(held),
                text=True,
            )
        self.pid = self._process.pid
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, file: Path, conf: Mapping[str, object] | None = None) -> "DagRun":
        """Asks for a run of a DAG file, which begins when those before it have ended.

        Args:
            file: A self-contained DAG file, in the folder of DAG files.
            conf: The run's parameters; none for their defaults.
        """
        dag_run = DagRun(self)
        with self._lock:
            self._runs.append(dag_run)
            if self._over:
                dag_run.take(None)
        assert self._process.stdin is not None
        # The reader says that the process has ended, wherever this finds out.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"file": str(file), "conf": dict(conf or {})}) + "\n")
            self._process.stdin.flush()
        return dag_run

    def ended(self) -> OrchestratorError:
        """What to say of the process's end, once it has ended."""
        return OrchestratorError(self._process.wait(), self.log)

    def stop(self) -> None:
        """Ends the process with what it runs; safe when it has ended."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        with self._lock:
            idle = not self._runs
        if not idle and self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                with self._lock:
                    self._runs[0].take(event)
                    if event["event"] == "run":
                        self._runs.popleft()
        with self._lock:
            self._over = True
            for left in self._runs:
                left.take(None)


class DagRun:
    """One run of a DAG file.

    Attributes:
        told: All events so far, those that nobody has taken yet among them.
    """

    def __init__(self, airflow: LocalAirflow) -> None:
        self.told: list[Event] = []
        self._airflow = airflow
        self._events: Queue[Event | None] = Queue()

    def take(self, event: Event | None) -> None:
        """Takes note of an event, or that Airflow has ended."""
        if event is not None:
            self.told.append(event)
        self._events.put(event)

    def events(self, wait_seconds: float) -> Iterator[Event | None]:
        """The run's events in order; None whenever there was none for a while, so that the caller can look at other things.

        Raises:
            OrchestratorError: Airflow ended without the event of the run's end.
        """
        while True:
            try:
                event = self._events.get(timeout=wait_seconds)
            except Empty:
                yield None
                continue
            if event is None:
                raise self._airflow.ended()
            yield event
            if event["event"] == "run":
                return

    def stop(self) -> None:
        """Ends the run, and its Airflow with it; safe when it has ended."""
        if not any(event["event"] == "run" for event in list(self.told)):
            self._airflow.stop()


def _compiling(environ: Mapping[str, str]) -> dict[str, str]:
    # Airflow is some 1,800 modules: not to keep them compiled costs four seconds a run.
    return {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _settings(home: Path, poll_seconds: int) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__MEDALLION__POLL_SECONDS": str(poll_seconds),
        # Whoever starts a run by hand sees why it failed and starts it again.
        "AIRFLOW__MEDALLION__RETRIES": "0",
        "AIRFLOW__MEDALLION__DEFERRABLE": "False",
        # As on MWAA.
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
        "PYTHONWARNINGS": "ignore",
    }
