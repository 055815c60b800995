"""A Postgres server on 127.0.0.1 that demands passwords."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from local.errors import LaptopError
from local.processes import Process, working_folder
from local.services.rds.programs import Programs
from local.settings import ROOT

START_SECONDS = 60.0
STOP_SECONDS = 60.0
# The line of postmaster.pid that says how far the server is.
STATUS_LINE = 7


class Postgres:
    """One server: a data folder and a port."""

    def __init__(self, data: Path, port: int, log: Path, home: Path, root: Path = ROOT) -> None:
        """Knows a server; nothing is started.

        Args:
            data: Its folder.
            port: On 127.0.0.1.
            log: What it writes.
            home: The laptop's folder.
            root: The repository, for its tools.
        """
        self._data = data
        self._port = port
        self._log = log
        self._programs = Programs(home, root)

    @property
    def running(self) -> bool:
        """Whether it runs, on whatever port it was started."""
        return is_running(self._data)

    def initialize(self, user: str, password: str, database: str) -> None:
        """Makes the data folder with one superuser and one database, and leaves it running."""
        self._data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile("w", dir=self._data.parent) as secret, self._opened() as (folder, numbers):
            secret.write(password)
            secret.flush()
            secret.seek(0)
            os.fchown(secret.fileno(), self._programs.uid, -1)
            # The password is made at random: rounds that slow down guessing guard nothing, and take a young JVM a tenth of a second.
            options = ["-U", user, "--auth=scram-sha-256", "-c", "scram_iterations=1", "-E", "UTF8", "--locale=C", "--no-sync"]
            # The folder of the file may be closed to the server's user.
            given = ["--pwfile", f"/dev/fd/{secret.fileno()}"]
            self._command("initdb", "-D", folder, *options, *given, opened=(*numbers, secret.fileno()))
        self.start()
        if database != "postgres":
            self._command("createdb", *self._address(user), database, secret=password)

    def start(self) -> None:
        """Starts it and waits until it takes connections; one that runs already, perhaps on another port, is started anew."""
        self.stop()
        # Postgres would take any process of the number in it for its own.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        # A laptop's source may lose its last second with the power, but not its consistency.
        settings = ("unix_socket_directories=", "synchronous_commit=off", "max_wal_size=2GB", "timezone=UTC")
        options = [word for setting in settings for word in ("-c", setting)]
        with open(self._log, "ab", opener=_for_us_only) as log, self._opened() as (folder, numbers):
            command = ["-D", folder, "-h", "127.0.0.1", "-p", str(self._port), *options]
            done = self._programs.run("postgres", *command, opened=numbers, output=subprocess.PIPE, errors=log, in_background=True)
        self._wait_until_ready(Process.of(int(done.stdout)))

    def stop(self) -> None:
        """Stops it; connections are closed.

        Raises:
            LaptopError: It did not end in time.
        """
        process = _server(self._data)
        if process is None:
            return
        try:
            os.kill(process.pid, signal.SIGINT)
        except ProcessLookupError:
            return
        if not process.wait(STOP_SECONDS):
            raise LaptopError(f"Postgres: process {process.pid} did not end within {STOP_SECONDS:.0f} s; {self._log_end()}")

    def change_password(self, user: str, old: str, new: str) -> None:
        """Gives the superuser another password."""
        quoted = new.replace("'", "''")
        self._command(
            "psql",
            *self._address(user),
            "-d",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
            secret=old,
            text=f"ALTER USER \"{user}\" PASSWORD '{quoted}'",
        )

    def remove(self) -> None:
        """Stops it and deletes its data."""
        self.stop()
        shutil.rmtree(self._data, ignore_errors=False)

    def _address(self, user: str) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self._port), "-U", user]

    @contextmanager
    def _opened(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """What its programs call the data folder, and what must be open for them to find it."""
        if self._programs.user is None:
            yield str(self._data), ()
            return
        self._data.chmod(0o700)
        # A home that was copied may have lost its owners.
        for path in (self._data, *self._data.rglob("*")):
            if path.lstat().st_uid != self._programs.uid:
                os.chown(path, self._programs.uid, -1, follow_symlinks=False)
        # Its user can't pass through the folders above, but a folder that is open already it can use.
        number = os.open(self._data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{number}", (number,)
        finally:
            os.close(number)

    def _wait_until_ready(self, process: Process) -> None:
        end = time.monotonic() + START_SECONDS
        while process.alive:
            lines = _pid_file(self._data)
            if lines[:1] == [str(process.pid)] and lines[STATUS_LINE : STATUS_LINE + 1] == ["ready"]:
                return
            if time.monotonic() > end:
                self.stop()
                raise LaptopError(f"Postgres takes no connections after {START_SECONDS:.0f} s: {self._log_end()}")
            time.sleep(0.05)
        raise LaptopError(f"Postgres ended as it was started: {self._log_end()}")

    def _command(self, name: str, *arguments: str, secret: str = "", text: str = "", opened: tuple[int, ...] = ()) -> None:
        with tempfile.TemporaryFile() as output:
            environment = {"PGPASSWORD": secret} if secret else {}
            result = self._programs.run(name, *arguments, opened=opened, environment=environment, text=text, output=output)
            if result.returncode != 0:
                raise LaptopError(f"Postgres: {name} failed: {_text(output)} {self._log_end()}")

    def _log_end(self) -> str:
        return "\n".join(self._log.read_text("utf-8", errors="replace").splitlines()[-5:]) if self._log.exists() else ""


def is_running(data: Path) -> bool:
    """Whether a server runs on a data folder, on whatever port it was started."""
    return _server(data) is not None


def _server(data: Path) -> Process | None:
    lines = _pid_file(data)
    if not lines or not lines[0].isdecimal():
        return None
    process = Process.of(int(lines[0]))
    # By the folder that it works in, as the number in the file may have been given to another process since.
    return process if process.alive and working_folder(process.pid) == data.resolve() else None


def _pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
