from pathlib import Path

import pytest

from tests.unit.manifest.contracts_on_disk import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake without a mistake."""
    return Lake(tmp_path / "acme")
