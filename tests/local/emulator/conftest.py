"""A laptop of the tests' own, and the ordinary clients of its services."""

from collections.abc import Callable
from typing import Any

import pytest

from local.laptop import Laptop


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
