from pathlib import Path

import pytest

from medallion.manifest.model import Manifest
from tests.unit.manifest.contracts_on_disk import Lake, with_personas


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with personas, whose silver table has a history and a column of each class."""
    return with_personas(Lake(tmp_path / "acme"))


@pytest.fixture
def manifest(lake: Lake) -> Manifest:
    return lake.compile()
