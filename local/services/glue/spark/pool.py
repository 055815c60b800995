"""The JVMs of a laptop's job runs: a run takes one, and the next run goes on in it where it ended well.

A JVM that has run the lake's code once runs it again for a third of the time: classes are loaded and compiled. On AWS each run has
machines of its own, so nothing may pass from a run to the next one; `local.services.glue.spark.script_runner` sees to that.
"""

import os
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from local.services.glue.spark.configuration import DRIVER_MEMORY, write_configuration
from local.services.glue.spark.process import SparkProcess
from local.services.glue.spark.runtime import SparkRuntime
from local.settings import Settings

# As many as a laptop's two cores can use, and as its memory holds; a run that finds them taken waits.
JVMS = 2
LOOK_SECONDS = 0.2
IDLE_SECONDS = 600
# Whatever a JVM may have gathered is gone with it.
RUNS_OF_ONE = 100


class SparkPool:
    """Hands out JVMs, each to one run at a time."""

    def __init__(self, settings: Settings, runtime: SparkRuntime) -> None:
        self._settings = settings
        self._runtime = runtime
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._taken = 0
        self._idle: list[SparkProcess] = []
        self._timer: threading.Timer | None = None
        self._closed = False

    def take(self, given_up: Callable[[], bool]) -> SparkProcess | None:
        """The JVM that was used last and has nothing to do, else a new one, once there are less than the most that there may be.

        Args:
            given_up: Whether nobody wants it any more; None is returned then.
        """
        with self._changed:
            while self._taken >= JVMS:
                if given_up():
                    return None
                self._changed.wait(LOOK_SECONDS)
            self._taken += 1
        try:
            return self._used_last() or self._new()
        except BaseException:
            self._release()
            raise

    def give_back(self, process: SparkProcess) -> None:
        """Keeps a JVM for the next run, or ends it."""
        with self._lock:
            kept = process.alive and not self._closed and process.runs < RUNS_OF_ONE
            if kept:
                self._idle.append(process)
                self._end_later()
        if not kept:
            process.kill()
        self._release()

    def close(self) -> None:
        """Ends all that have nothing to do, and each other one when it is given back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.kill()

    def _used_last(self) -> SparkProcess | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                process = self._idle.pop()
            if process.alive:
                return process
            process.kill()

    def _new(self) -> SparkProcess:
        folder = self._settings.temporary / "spark" / f"{os.getpid()}-{next(self._numbers)}"
        # All else it learns from its runs.
        write_configuration(folder / "conf", {"spark.master": "local[2]"})
        return SparkProcess(self._runtime, folder, self._environment(folder), DRIVER_MEMORY)

    def _release(self) -> None:
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    def _end_later(self) -> None:
        # One timer, however many runs there are; it looks again as long as one is idle.
        if self._timer is None:
            self._timer = threading.Timer(IDLE_SECONDS + 1, self._end_unused)
            self._timer.daemon = True
            self._timer.start()

    def _end_unused(self) -> None:
        with self._lock:
            unused = [process for process in self._idle if time.monotonic() - process.idle_since > IDLE_SECONDS]
            self._idle = [process for process in self._idle if process not in unused]
            self._timer = None
            if self._idle:
                self._end_later()
        for process in unused:
            process.kill()

    def _environment(self, folder: Path) -> dict[str, str]:
        return {
            # The system's own environment has no say in a job, as on AWS.
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG", "JAVA_HOME") if key in os.environ},
            **self._settings.addresses(),
            "TMPDIR": str(folder),
            "TZ": "UTC",
        }
