"""A laptop's state that is used on another port, or in another folder, than the last time: its own addresses are brought along.

Queues are known by their URL, a database's secret holds its port, and Airflow's configuration holds paths. All of them are of the
laptop's own making. What a person stored is changed in one case only: where it names an address on which this laptop itself listened.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from local.ports import AWS
from local.settings import Settings
from local.whole_file import write_whole

HOST = "127.0.0.1"
DONE = "complete"
_ADDRESS = re.compile(rb"(127\.0\.0\.1:)(\d{4,5})(?!\d)")
# An attribute of a database, and a value that a template took from its secret, as the emulator keeps them for its stacks.
_PORT_ALONE = re.compile(rb'("Endpoint\.Port": "|:port::\}\}": ")(\d{4,5})(?=")')


@dataclass(frozen=True)
class Place:
    """Where a laptop was when its state was written.

    Attributes:
        home: Its folder.
        port: Of its endpoint.
    """

    home: str
    port: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Where it is now."""
        return cls(str(settings.home), settings.port)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What `save` wrote; None for a state that is new."""
        file = folder / "place.json"
        return cls(**json.loads(file.read_text("utf-8"))) if file.exists() else None

    def save(self, folder: Path) -> None:
        """Writes it into the folder of the state that it is about."""
        write_whole(folder / "place.json", json.dumps(asdict(self)).encode())


def relocate(settings: Settings) -> None:
    """Makes the state fit where the laptop is now; only before anything reads it, and while no laptop runs on it."""
    folder = settings.state / "emulator"
    moved = folder.with_name("emulator.moved")
    _finish(moved, folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    before, now = Place.load(folder), Place.of(settings)
    if before is None or before == now:
        now.save(folder)
        return
    if before.home != now.home:
        for file in (settings.state / "mwaa").glob("*/airflow/airflow.cfg"):
            write_whole(file, with_folder_moved(file.read_text("utf-8"), before.home, now.home).encode())
    if before.port == now.port:
        now.save(folder)
        return
    # Into another folder, which takes the place of the first at once: what was moved halfway could not be moved again.
    ports = {before.port + distance: now.port + distance for distance in {AWS, *distances(settings)}}
    _write_moved(folder, moved, ports)
    now.save(moved)
    (moved / DONE).touch()
    _finish(moved, folder)


def with_addresses_moved(content: bytes, ports: Mapping[int, int]) -> bytes:
    """A file of the emulator's state, with each of the laptop's ports replaced by another, and no other number.

    Args:
        content: JSON.
        ports: The new port by the old one.
    """

    def other(found: re.Match[bytes]) -> bytes:
        port = int(found[2])
        return found[1] + str(ports.get(port, port)).encode()

    return _PORT_ALONE.sub(other, _ADDRESS.sub(other, content))


def with_secrets_moved(state: Any, ports: Mapping[int, int]) -> Any:
    """The same for secrets, each a JSON object with `host` and `port` in a text; others are left as they are."""
    match state:
        case {"SecretString": str() as text}:
            return {**state, "SecretString": _moved_secret(text, ports)}
        case dict():
            return {name: with_secrets_moved(value, ports) for name, value in state.items()}
        case list():
            return [with_secrets_moved(value, ports) for value in state]
    return state


def with_folder_moved(text: str, old: str, new: str) -> str:
    """A configuration in which each path below one folder is below another."""
    return re.sub(re.escape(old) + r"(?=/)", lambda _: new, text)


def distances(settings: Settings) -> Iterable[int]:
    """The ports of databases and Airflow environments, as distances from the laptop's own."""
    databases = settings.state / "postgres" / "instances.json"
    if databases.exists():
        yield from (instance["port"] for instance in json.loads(databases.read_text("utf-8")).values())
    for environment in (settings.state / "mwaa").glob("*/environment.json"):
        yield json.loads(environment.read_text("utf-8"))["port"]


def _moved_secret(text: str, ports: Mapping[int, int]) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not isinstance(value, dict) or value.get("host") != HOST:
        return text
    match value.get("port"):
        case int() as port if port in ports:
            return json.dumps({**value, "port": ports[port]})
        case str() as port if port.isdecimal() and int(port) in ports:
            return json.dumps({**value, "port": str(ports[int(port)])})
    return text


def _write_moved(folder: Path, moved: Path, ports: Mapping[int, int]) -> None:
    shutil.rmtree(moved, ignore_errors=True)
    # What has no address is not copied: code of functions is the most of it.
    shutil.copytree(folder, moved, ignore=shutil.ignore_patterns(DONE), copy_function=os.link)
    for file in folder.glob("*.json"):
        before = file.read_bytes()
        after = with_addresses_moved(before, ports)
        if file.name == "secretsmanager.json":
            after = json.dumps(with_secrets_moved(json.loads(after), ports)).encode()
        if after != before:
            write_whole(moved / file.name, after)


def _finish(moved: Path, folder: Path) -> None:
    """Puts a state that was moved as a whole in its place, also where that was interrupted the last time."""
    if not (moved / DONE).exists():
        return
    if folder.exists():
        # Gone with one step, so that no half of it is ever taken for the whole.
        old = folder.with_name("emulator.old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    moved.rename(folder)
    (folder / DONE).unlink()
    shutil.rmtree(folder.with_name("emulator.old"), ignore_errors=True)
