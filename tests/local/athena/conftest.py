"""The engine of Athena, and laptops that it reads."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.laptop import Laptop
from local.services.athena.trino.pointing import Target
from local.services.athena.trino.server import Server
from tests.local.shared_trino import shared_trino
from tests.ports import free_port


@pytest.fixture(scope="session")
def server() -> Server:
    """The test session's Trino, ready."""
    server = shared_trino()
    server.wait_ready()
    return server


@pytest.fixture(scope="session")
def laptops() -> Iterator[Callable[[], Laptop]]:
    """Makes laptops that are up, and taken down and deleted at the end."""
    made: list[Laptop] = []

    def make() -> Laptop:
        laptop = Laptop(Path(tempfile.mkdtemp(prefix="laptop-")), free_port(following=2))
        made.append(laptop)
        laptop.up()
        return laptop

    yield make
    for laptop in made:
        laptop.down()
        shutil.rmtree(laptop.settings.home)


def target_of(laptop: Laptop) -> Target:
    """A laptop, read with its root's key."""
    root = laptop.settings.root_credentials()
    return Target(laptop.endpoint, laptop.settings.region, root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"])
