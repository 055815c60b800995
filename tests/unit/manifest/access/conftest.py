from pathlib import Path

import pytest
import yaml

from medallion.manifest.model import Manifest
from tests.unit.manifest.contracts_on_disk import Lake

PERSONAS = {
    "analyst": {"description": "Analysts", "layers": ["silver", "gold"], "classes": ["public", "internal"]},
    "engineer": {
        "description": "Engineers",
        "layers": ["bronze", "silver", "gold", "ops"],
        "classes": ["public", "internal", "confidential"],
    },
    "officer": {
        "description": "Officers",
        "layers": ["bronze", "silver", "gold", "ops", "discovered"],
        "classes": ["public", "internal", "confidential", "restricted"],
    },
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with personas, whose silver table has a history and a column of each class."""
    lake = Lake(tmp_path / "acme")
    (lake.root / "config").mkdir(parents=True)
    (lake.root / "config" / "personas.yaml").write_text(yaml.safe_dump(PERSONAS))
    for name, class_ in (("id", "public"), ("customer", "restricted"), ("total", "confidential"), ("changed_at", "internal")):
        lake.column("silver/orders", name)["classification"] = class_
        lake.column("bronze/orders", name)["classification"] = class_
    lake.column("gold/turnover", "total")["classification"] = "internal"
    lake.column("silver/orders", "changed_at")["required"] = True
    lake.table("silver/orders")["customProperties"].append({"property": "history", "value": True})
    return lake


@pytest.fixture
def manifest(lake: Lake) -> Manifest:
    return lake.compile()
