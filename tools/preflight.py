"""Whether a machine has what set-up, demo and tests need; run before any of it, by any Python from 3.9 on and nothing else.

Each check is a function of what was measured, so that it can be tried with the machines that this one is not.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import pwd
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GIGABYTE = 1 << 30
# Measured: environments, Java, jars, Trino with its archives and Node; then a laptop with all of the sample's data, and what it builds.
SETUP_GIGABYTES = 6
LAPTOP_GIGABYTES = 2
# A job's JVM with its Python, Airflow's four processes, the emulator, Athena's Trino, Postgres and synthesis.
MEMORY_GIGABYTES = 4
PORTS = range(4566, 65490, 50)
NEEDED = (0, 1, 2)
# The class path and PYTHONPATH part at colons, lists of jars at commas, and Airflow's configuration reads %.
FORBIDDEN = ':,%"\\\n'
DATABASE_USER = "pgserver"


@dataclass(frozen=True)
class Machine:
    """What was measured.

    Attributes:
        root: The repository.
        set_up: Whether the set-up has been made.
        installer: Whether this Python has venv or pip.
        free: Bytes that can still be written to the repository's disk.
        memory: Bytes of memory and swap that this process may use.
        asked_port: LAKE_PORT, as far as it was set and the laptop does not have it already.
        taken_ports: Those of 127.0.0.1, among the ones that were looked at, on which somebody listens.
        programs: Which programs are on PATH.
        user: The number of the user.
        users: Whether there is the database's user, or a way to make it.
        writable: Whether files can be made in the repository.
        cache: Where downloads are kept, if that can't be written, else None.
        runs_programs: Whether the repository's disk lets programs run.
        libc: The C library.
    """

    root: str
    set_up: bool
    installer: bool
    free: int
    memory: int
    asked_port: str | None
    taken_ports: frozenset[int]
    programs: frozenset[str]
    user: int
    users: bool
    writable: bool
    cache: str | None = None
    runs_programs: bool = True
    libc: str = "glibc"
    system: str = field(default="Linux")


def problems(machine: Machine) -> list[str]:
    """What this machine lacks, one line each: what it is about, what was found, and what to do."""
    return [found for check in (_programs, _python, _disk, _memory, _ports, _user, _folder) for found in check(machine)]


def _programs(machine: Machine) -> list[str]:
    return [f"{name}: there is no {name} on PATH; install it" for name in ("make", "git") if name not in machine.programs]


def _python(machine: Machine) -> list[str]:
    if not machine.installer and not machine.set_up:
        return [f"python: {sys.executable} has neither venv nor pip; install one of them (Debian, Ubuntu: apt-get install python3-venv)"]
    if machine.system == "Linux" and machine.libc != "glibc":
        return [
            f"system: this Linux has {machine.libc or 'another C library'} instead of glibc, for which the packages are built; use another"
        ]
    return []


def _disk(machine: Machine) -> list[str]:
    needed = LAPTOP_GIGABYTES + (0 if machine.set_up else SETUP_GIGABYTES)
    if machine.free >= needed * GIGABYTE:
        return []
    return [f"disk: {machine.free / GIGABYTE:.1f} GB are free at {machine.root}; make room for {needed} GB, or clone to another disk"]


def _memory(machine: Machine) -> list[str]:
    # A machine that is sold as one of 4 GB has a little less.
    if machine.memory >= (MEMORY_GIGABYTES - 0.3) * GIGABYTE:
        return []
    return [f"memory: {machine.memory / GIGABYTE:.1f} GB with swap; give the machine, or its container, {MEMORY_GIGABYTES} GB"]


def _ports(machine: Machine) -> list[str]:
    asked = machine.asked_port
    if asked is not None:
        if not asked.isdecimal() or not 0 < int(asked) < PORTS.stop:
            return [f"ports: LAKE_PORT={asked} is no port below {PORTS.stop}; choose another, or unset LAKE_PORT"]
        taken = [port for port in (int(asked) + step for step in NEEDED) if port in machine.taken_ports]
        if taken:
            return [f"ports: somebody listens on {taken[0]}, which LAKE_PORT={asked} needs; choose another, or unset LAKE_PORT"]
    elif all(any(port + step in machine.taken_ports for step in NEEDED) for port in PORTS):
        return ["ports: no three ports in a row are free on 127.0.0.1; stop what listens there"]
    return []


def _user(machine: Machine) -> list[str]:
    if machine.user == 0 and not machine.users:
        return [
            f"user: this is root, as whom Postgres does not run, and there is no useradd; make a user {DATABASE_USER}, or be another user"
        ]
    return []


def _folder(machine: Machine) -> list[str]:
    found = []
    bad = sorted(set(machine.root) & set(FORBIDDEN))
    if bad:
        found.append(f"folder: {machine.root!r} has {' '.join(map(repr, bad))} in it, which Java or Airflow can't take; clone to another")
    if not machine.writable:
        found.append(f"folder: {machine.root} can't be written by this user; clone as the user that works with it")
    if not machine.runs_programs:
        found.append(f"folder: {machine.root} is on a disk that runs no programs (noexec); clone to another")
    if machine.cache is not None and not machine.set_up:
        found.append(f"cache: {machine.cache} can't be written by this user; set UV_CACHE_DIR to a folder that can")
    return found


def measured() -> Machine:
    """This machine."""
    asked = os.environ.get("LAKE_PORT") or None
    if asked is not None and asked == _port_of_the_laptop():
        asked = None
    looked_at = [int(asked) + step for step in NEEDED] if asked is not None and asked.isdecimal() and int(asked) < PORTS.stop else []
    flags = os.statvfs(ROOT).f_flag
    return Machine(
        root=str(ROOT),
        set_up=all((ROOT / ".tools" / "stamps" / name).exists() for name in ("venv", "glue", "airflow", "emulator", "node")),
        installer=any(importlib.util.find_spec(name) is not None for name in ("ensurepip", "pip")),
        free=shutil.disk_usage(ROOT).free,
        memory=_memory_of(Path("/proc/meminfo"), Path("/sys/fs/cgroup")),
        asked_port=asked,
        taken_ports=_taken(looked_at),
        programs=frozenset(name for name in ("make", "git") if shutil.which(name)),
        user=os.geteuid(),
        users=_has_user(DATABASE_USER) or shutil.which("useradd") is not None,
        writable=os.access(ROOT, os.W_OK | os.X_OK),
        cache=_closed_cache(),
        runs_programs=not flags & getattr(os, "ST_NOEXEC", 0),
        libc=platform.libc_ver()[0],
        system=platform.system(),
    )


def _port_of_the_laptop() -> str | None:
    try:
        return (Path(os.environ.get("LAKE_HOME") or ROOT / ".lake") / "port").read_text(encoding="utf-8").strip()
    except OSError:
        return None


def _taken(looked_at: list[int]) -> frozenset[int]:
    # Those of the first usual place that is free: one is enough.
    taken = {port for port in looked_at if not _can_listen(port)}
    for base in () if looked_at else PORTS:
        found = {base + step for step in NEEDED if not _can_listen(base + step)}
        taken |= found
        if not found:
            break
    return frozenset(taken)


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _memory_of(meminfo: Path, cgroup: Path) -> int:
    if not meminfo.exists():
        asked = subprocess.run(["sysctl", "-n", "hw.memsize"], capture_output=True, text=True, check=False)
        return int(asked.stdout or 0)
    lines = (line.split() for line in meminfo.read_text(encoding="utf-8").splitlines())
    amounts = {name.rstrip(":"): int(amount) * 1024 for name, amount, *_ in lines}
    limits = [amounts["MemTotal"] + amounts.get("SwapTotal", 0)]
    for file in (cgroup / "memory.max", cgroup / "memory" / "memory.limit_in_bytes"):
        if file.exists() and (limit := file.read_text(encoding="utf-8").strip()).isdecimal():
            limits.append(int(limit))
    return min(limits)


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _closed_cache() -> str | None:
    home = os.environ.get("HOME") or "/nonexistent"
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path(home) / ".cache") / "uv")
    there = next((folder for folder in (cache, *cache.parents) if os.path.lexists(folder)), cache)
    return None if os.access(there, os.W_OK | os.X_OK) else str(cache)


def main() -> int:
    """Says what is missing; 0 if nothing is."""
    machine = measured()
    found = problems(machine)
    for problem in found:
        sys.stderr.write(f"preflight: {problem}\n")
    if not found:
        sys.stderr.write(
            f"preflight: {machine.free // GIGABYTE} GB of disk, {machine.memory // GIGABYTE} GB of memory, user {machine.user}: "
            "all that is needed is there\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
