"""The sample lake on one laptop a session: up, deployed, seeded with all of its data, and run once."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.lake import ROOT, Lake, deployed


@pytest.fixture(scope="session")
def seeded() -> Iterator[tuple[Lake, dict[str, Any]]]:
    with deployed(ROOT / "lakes" / "grocer") as lake:
        yield lake, lake.command("seed", "--json").json


@pytest.fixture(scope="session")
def first_run(seeded: tuple[Lake, dict[str, Any]]) -> dict[str, Any]:
    """What the first run reported."""
    return seeded[0].run()


@pytest.fixture(scope="session")
def sources(seeded: tuple[Lake, dict[str, Any]]) -> dict[str, Any]:
    """What the seed told, by source and table."""
    return seeded[1]


@pytest.fixture(scope="session")
def truth(seeded: tuple[Lake, dict[str, Any]]) -> dict[str, Any]:
    """Rows and money of each table of the till system, as the seed counted them."""
    found: dict[str, Any] = seeded[1]["store"]
    return found


@pytest.fixture
def lake(seeded: tuple[Lake, dict[str, Any]], first_run: dict[str, Any]) -> Lake:
    """The sample lake after its first run."""
    assert first_run["state"] == "success"
    return seeded[0]
