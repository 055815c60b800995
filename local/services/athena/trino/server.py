"""The process of a Trino: started in the background, found again, stopped."""

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import LaptopError, ToolMissing
from local.ports import can_listen
from local.processes import Process, arguments, start_detached
from local.services.athena.trino.client import Trino, TrinoUnreachable
from local.services.athena.trino.files import Folder
from local.services.athena.trino.rules import rules
from local.services.athena.trino.runtime import TrinoRuntime, data_option

START_SECONDS = 180.0
STOP_SECONDS = 20.0
# Behind whatever else the laptop does; alone on the machine it has all of it.
NICE = 10
# Below those that systems take for outgoing connections: one of these could take the port while the JVM starts.
PORTS = range(30_000, 32_700)

# Ends it when its folder goes away or is moved, as nobody would find it any more; and at its end whatever is left of the session.
_WATCHED = f"""cd "$0" || exit 1
nice -n {NICE} "$@" & server=$!
(while [ "$0/key" -ef key ]; do sleep 2; done; kill -9 $server) &
trap 'kill $server' TERM
wait $server; wait $server
trap - TERM; kill 0
"""


class Server:
    """The Trino of a folder; whoever names the folder finds the same one."""

    def __init__(self, folder: Path, runtime: TrinoRuntime) -> None:
        """Knows it; nothing is started.

        Args:
            folder: All of it lies there.
            runtime: By which it is started.
        """
        self.folder = Folder(folder.resolve())
        self.trino = Trino(self.folder)
        self._runtime = runtime

    @property
    def process(self) -> Process | None:
        """The process that serves this very folder, None if there is none."""
        process = Process.load(self.folder.process)
        return process if process is not None and process.alive and _serves(process, self.folder) else None

    def start(self) -> bool:
        """Starts it and does not wait; one that runs already, be it of a laptop that was killed, is left as it is.

        Returns:
            Whether it had to be started.

        Raises:
            ToolMissing: It has not been installed.
        """
        return self._start(self._runtime.command)

    def train(self, cache: Path) -> None:
        """Starts it so that it writes an AOT cache as it ends; else as `start`."""
        self._start(lambda folder: self._runtime.training_command(folder, cache))

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Waits until it answers statements.

        Raises:
            LaptopError: It ended, or does not answer in that time; the message has the log's last lines.
        """
        end = time.monotonic() + seconds
        while self.process is not None:
            try:
                self.trino.check_ready()
            except TrinoUnreachable as error:
                if time.monotonic() > end:
                    raise LaptopError(f"{error}; the end of {self.folder.log}:\n{self._log_end()}") from error
            else:
                return
            time.sleep(0.1)
        raise LaptopError(f"the laptop's Trino did not start; the end of {self.folder.log}:\n{self._log_end()}")

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Ends it; statements under way fail.

        Args:
            seconds: After which it is killed.

        Returns:
            Whether it ran.
        """
        if not self.folder.path.exists():
            return False
        with self._alone():
            process = self.process
            if process is not None and not process.stop(seconds):
                process.kill_group()
                process.wait(STOP_SECONDS)
            self.folder.process.unlink(missing_ok=True)
        return process is not None

    def _start(self, command: Callable[[Folder], list[str]]) -> bool:
        if not self._runtime.java.exists() or not self._runtime.jars:
            raise ToolMissing("Trino", self._runtime.java if self._runtime.jars else self._runtime.plugins)
        self.folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if self.process is not None:
                return False
            self.folder.prepare(_free_port(), self._runtime.plugins)
            self.folder.write_rules(rules(()))
            self.folder.log.unlink(missing_ok=True)
            in_place = ["/bin/sh", "-c", _WATCHED, str(self.folder.path)]
            pid = start_detached([*in_place, *command(self.folder)], self._runtime.environment(self.folder), self.folder.log)
            Process.of(pid).save(self.folder.process)
        return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Waits until nobody else starts or stops it."""
        with open(self.folder.path / "start.lock", "a", opener=_for_us_only) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _log_end(self) -> str:
        return "\n".join(self.folder.log.read_text("utf-8", errors="replace").splitlines()[-15:]) if self.folder.log.exists() else ""


def _serves(process: Process, folder: Folder) -> bool:
    """Whether a process is of this folder: one that was copied while it was in use names the process of the other."""
    # While a process becomes another program, for a moment it has no command line.
    while not (command := arguments(process.pid)) and process.alive:
        time.sleep(0.01)
    return data_option(folder) in command


def _free_port() -> int:
    for port in random.sample(PORTS, len(PORTS)):
        if can_listen(port):
            return port
    raise LaptopError(f"no port from {PORTS.start} to {PORTS.stop - 1} is free for the laptop's Trino; stop what listens there")


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
