"""A laptop of the tests' own, and the ordinary clients of its services."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.laptop import Laptop
from tests.ports import free_port


@pytest.fixture(scope="session")
def laptops() -> Iterator[Callable[[], Laptop]]:
    """Makes laptops that are taken down and deleted at the end."""
    made: list[Laptop] = []

    def make() -> Laptop:
        laptop = Laptop(Path(tempfile.mkdtemp(prefix="laptop-")), free_port(following=2))
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
