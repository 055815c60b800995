"""A laptop of the tests' own, and the ordinary clients of its services."""

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.laptop import Laptop


def free_port() -> int:
    """A port whose next one is free too, as a laptop's database listens there."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if port < 65000:
                try:
                    second.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
                return port


@pytest.fixture(scope="session")
def laptops() -> Iterator[Callable[[], Laptop]]:
    """Makes laptops that are taken down and deleted at the end."""
    made: list[Laptop] = []

    def make() -> Laptop:
        # Not pytest's own folder: Postgres, run as another user where this is root, could not pass through it.
        laptop = Laptop(Path(tempfile.mkdtemp(prefix="laptop-")), free_port())
        made.append(laptop)
        return laptop

    yield make
    for laptop in made:
        laptop.down()
        shutil.rmtree(laptop.settings.home)


@pytest.fixture(scope="session")
def laptop(laptops: Callable[[], Laptop]) -> Laptop:
    """A laptop that is up."""
    made = laptops()
    made.up()
    return made


@pytest.fixture(scope="session")
def aws(laptop: Laptop) -> Callable[[str], Any]:
    """A client of a service, as the account's root."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = laptop.client(service)
        return clients[service]

    return client
