"""The sample lake on one laptop a session: up, deployed, seeded, and run once."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.lake import Lake, main_product
from tests.local.prepared import ROWS, report_of, sample


@pytest.fixture(scope="session")
def full_size(request: pytest.FixtureRequest) -> bool:
    """Whether all of the grocer's rows are there, or some of each table."""
    return bool(request.config.getoption("--full-size"))


@pytest.fixture(scope="session")
def seeded(full_size: bool) -> Iterator[Lake]:
    with sample("run once", rows=None if full_size else ROWS) as lake:
        yield lake


@pytest.fixture(scope="session")
def first_run(seeded: Lake) -> dict[str, Any]:
    """What the first run reported."""
    return main_product(report_of(seeded, "first-run"))


@pytest.fixture(scope="session")
def sources(seeded: Lake) -> dict[str, Any]:
    """What the seed told, by source and table."""
    found: dict[str, Any] = report_of(seeded, "seed")
    return found


@pytest.fixture(scope="session")
def truth(sources: dict[str, Any]) -> dict[str, Any]:
    """Rows and money of each table of the till system, as the seed counted them."""
    found: dict[str, Any] = sources["store"]
    return found


@pytest.fixture
def lake(seeded: Lake, first_run: dict[str, Any]) -> Lake:
    """The sample lake after its first run."""
    assert first_run["state"] == "success"
    return seeded
