"""A JVM with Spark's classes loaded and warm, which one job run at a time has to itself."""

import json
import os
import secrets
import shutil
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.errors import LaptopError
from local.processes import kill_group
from local.services.glue.spark.runtime import SparkRuntime

START_SECONDS = 90
# From the end of a script's Python to the JVM's word that nothing of it is left.
RELEASE_SECONDS = 10
RUNNER = Path(__file__).with_name("script_runner.py")
LINES_REMEMBERED = 15


class SparkProcess:
    """One JVM. It leads a process group, to which the Python of each of its runs belongs: killing the group ends a run as a whole."""

    def __init__(self, runtime: SparkRuntime, folder: Path, environment: Mapping[str, str], heap: str) -> None:
        """Starts it; returns before it can be used.

        Args:
            runtime: The Spark that it runs.
            folder: Its own, with `conf/`; removed with it.
            environment: Its variables, without credentials.
            heap: The largest heap, as java writes it.
        """
        self.folder = folder
        self.runs = 0
        self.idle_since = time.monotonic()
        self._runtime = runtime
        self._connection = folder / "gateway"
        self._released = f"released-{secrets.token_hex(16)}"
        self._last: deque[str] = deque(maxlen=LINES_REMEMBERED)
        self._sink: int | None = None
        self._lock = threading.Lock()
        self._quiet = threading.Event()
        self._pumped = threading.Event()
        self._process = subprocess.Popen(
            runtime.waiting_command(folder / "conf", heap),
            env={**environment, **runtime.environment(folder / "conf"), "_PYSPARK_DRIVER_CONN_INFO_PATH": str(self._connection)},
            cwd=folder,
            # It ends when this pipe does, so with this process, whatever becomes of it.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        threading.Thread(target=self._pump, daemon=True, name=f"spark-{self.pid}").start()

    @property
    def pid(self) -> int:
        """Its number, and that of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def gateway(self) -> tuple[int, str]:
        """Port and secret by which pyspark talks with it, once it listens.

        Raises:
            LaptopError: It did not start.
        """
        end = time.monotonic() + START_SECONDS
        while not self._connection.exists():
            if not self.alive or time.monotonic() > end:
                self.kill()
                raise LaptopError("the JVM that runs Spark did not start; it said: " + " | ".join(self._last))
            time.sleep(0.02)
        content = self._connection.read_bytes()
        (port,) = struct.unpack(">i", content[:4])
        return port, content[8:].decode()

    def start(
        self, script: Path, arguments: Sequence[str], properties: Mapping[str, str], environment: Mapping[str, str], cwd: Path
    ) -> "ScriptRun":
        """Starts a script in it.

        Args:
            script: The script.
            arguments: The script's own.
            properties: Spark's, for this run.
            environment: All variables of the script's Python, its credentials among them.
            cwd: Where the script's Python is started.
        """
        port, secret = self.gateway()
        self.runs += 1
        self._quiet.clear()
        given = cwd / "spark-properties.json"
        given.write_text(json.dumps(dict(properties)), encoding="utf-8")
        reading, writing = os.pipe()
        with self._lock:
            self._sink = writing
        python = subprocess.Popen(
            [str(self._runtime.python), str(RUNNER), str(script), *arguments],
            env={
                **environment,
                "PYSPARK_GATEWAY_PORT": str(port),
                "PYSPARK_GATEWAY_SECRET": secret,
                "LAKE_SPARK_PROPERTIES": str(given),
                "LAKE_RELEASED": self._released,
            },
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            process_group=self.pid,
        )
        return ScriptRun(self, python, os.fdopen(reading, "rb"))

    def finish(self, python: subprocess.Popen[bytes]) -> int:
        """Waits for a script's end and for the last words of the JVM about it; one that can't be used again is killed.

        Returns:
            The exit code; negative is the signal that killed the script or its JVM.
        """
        code = python.wait()
        if not self._released_after(code):
            died = self._process.poll()
            self.kill()
            code = code if died is None or code < 0 else died
        self._pumped.wait(RELEASE_SECONDS if not self.alive else 0)
        self._take_sink()
        self.idle_since = time.monotonic()
        return code

    def kill(self) -> None:
        """Ends it, with whatever runs in it, and removes its folder."""
        kill_group(self.pid)
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _released_after(self, code: int) -> bool:
        """Whether the JVM says, within some seconds, that nothing of a script is left in it; a script that was killed never gets so far."""
        end = time.monotonic() + RELEASE_SECONDS
        while code >= 0 and self.alive and time.monotonic() < end:
            if self._quiet.wait(0.1):
                return True
        return False

    def _pump(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for raw in lines:
                line = raw.decode(errors="replace").rstrip()
                if line == self._released:
                    self._quiet.set()
                    continue
                self._last.append(line)
                self._pass_on(raw)
        self._pumped.set()

    def _pass_on(self, raw: bytes) -> None:
        with self._lock:
            while self._sink is not None and raw:
                try:
                    raw = raw[os.write(self._sink, raw) :]
                except BrokenPipeError:
                    # Nobody listens any more; the JVM must not wait for that.
                    raw = b""

    def _take_sink(self) -> None:
        with self._lock:
            if self._sink is not None:
                os.close(self._sink)
            self._sink = None


@dataclass(frozen=True)
class ScriptRun:
    """A script that has been started in a JVM.

    Attributes:
        process: The JVM.
        output: What both print, to be read to its end while the script runs.
    """

    process: SparkProcess
    python: subprocess.Popen[bytes]
    output: IO[bytes]

    def wait(self) -> int:
        """Its exit code, once it has ended; negative is the signal that killed it or its JVM."""
        return self.process.finish(self.python)
