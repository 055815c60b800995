"""A DAG run by Airflow's own `dag.test()`: its process, and its events as they happen."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

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


class DagRun:
    """One run of a DAG file in a process of its own.

    Attributes:
        log: Airflow's log of this run, task logs included.
        pid: Airflow's process.
        told: All events so far, those that nobody has taken yet among them.
    """

    def __init__(
        self,
        file: Path,
        *,
        home: Path,
        environ: Mapping[str, str],
        conf: Mapping[str, object] | None = None,
        poll_seconds: int = 1,
        held: Sequence[int] = (),
        python: Path = PYTHON,
    ) -> None:
        """Starts it.

        Args:
            file: A self-contained DAG file, alone in its folder.
            home: Airflow's own folder, kept between runs.
            environ: The environment variables by which AWS is reached.
            conf: The run's parameters; none for their defaults.
            poll_seconds: How often Airflow looks at a Glue run.
            held: File descriptors that stay open as long as it lives, whatever becomes of this process: a lock's.
            python: The interpreter of the Airflow that runs it.
        """
        if not python.exists():
            raise Refused(f"{python} is not there: run `make setup` in {ROOT}")
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / "run.log"
        self.told: list[Event] = []
        self._events: Queue[Event | None] = Queue()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), str(RUNNER), str(file), json.dumps(dict(conf or {}))],
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={**_compiling(environ), **_settings(home, file.parent, poll_seconds)},
                # Ctrl-C is for the command, which stops the Glue runs first.
                start_new_session=True,
                pass_fds=tuple(held),
            )
        self.pid = self._process.pid
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def events(self, wait_seconds: float) -> Iterator[Event | None]:
        """The run's events in order; None whenever there was none for a while, so that the caller can look at other things.

        Raises:
            OrchestratorError: The process ended without the event of the run's end.
        """
        while True:
            try:
                event = self._events.get(timeout=wait_seconds)
            except Empty:
                yield None
                continue
            if event is None:
                raise OrchestratorError(self._process.wait(), self.log)
            yield event
            if event["event"] == "run":
                self._process.wait()
                return

    def stop(self) -> None:
        """Ends the process; safe when it has ended."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(timeout=10)

    def _read(self) -> None:
        if self._process.stdout is None:
            raise RuntimeError("the process was started without a pipe")
        with self._process.stdout as lines:
            for line in lines:
                self.told.append(json.loads(line))
                self._events.put(self.told[-1])
        self._events.put(None)


def _compiling(environ: Mapping[str, str]) -> dict[str, str]:
    # Airflow is some 1,800 modules: not to keep them compiled costs four seconds a run.
    return {name: value for name, value in environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _settings(home: Path, dags: Path, poll_seconds: int) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
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
