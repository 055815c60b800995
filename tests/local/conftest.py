"""Laptops of the tests' own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

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
