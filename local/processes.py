"""Processes that outlive the one that started them, told apart from later ones of the same number."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local.whole_file import write_whole

# Linux's; elsewhere `ps` and `lsof` are asked.
PROC = Path("/proc")
# Of the fields of `stat`: dead in one way or another, and the moment of the start, counted from the one after the state.
ENDED = ("Z", "X", "x")
STARTED = 18


def started_at(pid: int) -> str:
    """When a process was started, in the system's own words; empty if it is gone."""
    if PROC.is_dir():
        # A small container has no `ps`.
        try:
            state, *numbers = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        # Ticks since the machine was started, so that start is named as well.
        return "" if state in ENDED else f"{numbers[STARTED]} {_boot()}"
    # The same words whatever the shell that asks.
    words = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}
    answer = subprocess.run(["ps", "-o", "lstart=,stat=", "-p", str(pid)], env=words, capture_output=True, text=True, check=False)
    started, _, state = answer.stdout.strip().rpartition(" ")
    return "" if state.startswith("Z") else started.strip()


def _boot() -> str:
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # Some containers hide it.
        return ""


def working_folder(pid: int) -> Path | None:
    """The folder that a process works in, None if that can't be told."""
    if PROC.is_dir():
        try:
            return (PROC / str(pid) / "cwd").readlink()
        except OSError:
            return None
    answer = subprocess.run(["lsof", "-a", "-d", "cwd", "-F", "n", "-p", str(pid)], capture_output=True, text=True, check=False)
    return next((Path(line[1:]) for line in answer.stdout.splitlines() if line.startswith("n")), None)


def arguments(pid: int) -> tuple[str, ...]:
    """The command line of a process, without what parts it where the system does not tell; empty if it can't be told."""
    if PROC.is_dir():
        try:
            content = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ()
        return tuple(content.removesuffix("\0").split("\0")) if content else ()
    answer = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return tuple(answer.stdout.split())


@dataclass(frozen=True)
class Process:
    """A process, and the moment of its start, as numbers are given again.

    Attributes:
        pid: Its number, and that of its group where it leads one.
        started: From `started_at`.
    """

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """The process that has this number now."""
        return cls(pid, started_at(pid))

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """The process that was written to a file; None where there is none."""
        try:
            return cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            return None

    def save(self, file: Path) -> None:
        """Writes it to a file, whole or not at all."""
        write_whole(file, json.dumps(asdict(self)).encode())

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return bool(self.started) and started_at(self.pid) == self.started

    def stop(self, seconds: float) -> bool:
        """Asks it to end by SIGTERM and waits; False if it still runs."""
        if self.alive:
            os.kill(self.pid, signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float) -> bool:
        """Waits for its end; False if it still runs."""
        end = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def kill_group(self) -> None:
        """Ends all of the group that it leads at once; none is left alone."""
        if self.alive:
            kill_group(self.pid)


def kill_group(pid: int) -> None:
    """Ends a process group at once; one that is gone already is no error."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def end_rest_of_session() -> None:
    """Ends at once whatever else runs in the session that this process leads, and returns once nothing does; one that leads none ends nothing."""
    own = os.getpid()
    if os.getsid(0) != own:
        return
    while others := [pid for pid in _running() if pid != own and _session(pid) == own and started_at(pid)]:
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _running() -> list[int]:
    if PROC.is_dir():
        found = [entry.name for entry in PROC.iterdir() if entry.name.isdecimal()]
    else:
        found = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True).stdout.split()
    return [int(pid) for pid in found]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def start_detached(command: Sequence[str], environment: Mapping[str, str], log: Path) -> int:
    """Starts a process in a session of its own that goes on when this one ends; its output is appended to a file.

    Returns:
        Its number.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _keep_open_files()
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    # Not subprocess: it warns, rightly for others, of a process that is left running.
    return os.posix_spawn(
        command[0],
        list(command),
        dict(environment),
        setsid=True,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), appending, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )


def _keep_open_files() -> None:
    """Passes no open file on: with a server's socket, another process would hold its port when the server has ended."""
    for number in [int(file.name) for file in Path("/dev/fd").iterdir()]:
        # The folder itself was open when it was read.
        with contextlib.suppress(OSError):
            if number > 2 and os.get_inheritable(number):
                os.set_inheritable(number, False)
