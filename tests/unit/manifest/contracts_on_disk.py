"""A small lake in a folder, whose contracts a test changes before it compiles them."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from medallion.manifest.compiler import compile_lake
from medallion.manifest.errors import Invalid
from medallion.manifest.model import Manifest

Document = dict[str, Any]


def column(name: str, **fields: Any) -> Document:
    return {"name": name, **fields}


def custom(**values: Any) -> list[Document]:
    return [{"property": name, "value": value} for name, value in values.items()]


def contract(name: str, *columns: Document, server: str | None = None, **table: Any) -> Document:
    return {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": name,
        "version": "1.0.0",
        "status": "active",
        **({"servers": [{"server": server, "type": "custom"}]} if server else {}),
        "schema": [{"name": name, "properties": list(columns), **table}],
    }


ORDERS = contract(
    "orders",
    column("id", physicalType="bigint", primaryKey=True, required=True),
    column("customer", physicalType="uuid"),
    column("total", physicalType="numeric(12,2)"),
    column("changed_at", physicalType="timestamptz", required=True),
    server="shop",
    customProperties=custom(ingestion="incremental", watermark="changed_at"),
)
SILVER_ORDERS = contract(
    "orders",
    column("id", logicalType="integer", primaryKey=True),
    column("customer", logicalType="string"),
    column("total", logicalType="number", physicalType="decimal(12,2)"),
    column("changed_at", logicalType="timestamp"),
    customProperties=custom(sequence=["changed_at"]),
)
TURNOVER = contract(
    "turnover",
    column("customer", logicalType="string", primaryKey=True),
    column("total", logicalType="number", physicalType="decimal(22,2)"),
)
TURNOVER_SQL = "SELECT customer, sum(total) AS total FROM orders GROUP BY customer"


class Lake:
    """The files of a lake: one source table, what silver makes of it, and a gold table."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents = {
            "bronze/orders": copy.deepcopy(ORDERS),
            "silver/orders": copy.deepcopy(SILVER_ORDERS),
            "gold/turnover": copy.deepcopy(TURNOVER),
        }
        self.files = {"shop/gold/turnover.sql": TURNOVER_SQL}

    def table(self, path: str) -> Document:
        """The table of a contract, such as `silver/orders`."""
        found: Document = self.documents[path]["schema"][0]
        return found

    def column(self, path: str, name: str) -> Document:
        """A column of a contract."""
        found: Document = next(item for item in self.table(path)["properties"] if item["name"] == name)
        return found

    def write(self) -> None:
        """Puts the files in place; JSON is YAML."""
        for path, document in self.documents.items():
            self._write(f"shop/{path}.yaml", json.dumps(document))
        for path, text in self.files.items():
            self._write(path, text)

    def _write(self, path: str, text: str) -> None:
        file = self.root / "contracts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def compile(self) -> Manifest:
        """The manifest."""
        self.write()
        return compile_lake(self.root)

    def problems(self) -> list[str]:
        """What the compiler finds wrong, without the folder of the lake."""
        self.write()
        with pytest.raises(Invalid) as raised:
            compile_lake(self.root)
        return [str(problem).replace(f"{self.root}/", "") for problem in raised.value.problems]


PERSONAS: Document = {
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


def assumed(personas: Document) -> Document:
    """What an environment says of personas whom the account's own policies say who may assume."""
    return {name: {"assumed_by": ["arn:aws:iam::222222222222:root"]} for name in personas}


GOVERNED: Document = {
    "account": "222222222222",
    "region": "eu-west-1",
    "network": {"mode": "create"},
    "sources": {"shop": {"engine": "postgres", "demo": True}},
    "lake_formation": "manage",
    "personas": assumed(PERSONAS),
}


def with_personas(lake: Lake) -> Lake:
    """The lake with personas, an environment `dev` that Lake Formation governs, a history, and a silver column of each class."""
    (lake.root / "config").mkdir(parents=True)
    (lake.root / "config" / "personas.yaml").write_text(json.dumps(PERSONAS))
    (lake.root / "config" / "dev.yaml").write_text(json.dumps(GOVERNED))
    for name, class_ in (("id", "public"), ("customer", "restricted"), ("total", "confidential"), ("changed_at", "internal")):
        lake.column("silver/orders", name)["classification"] = class_
        lake.column("bronze/orders", name)["classification"] = class_
    lake.column("gold/turnover", "total")["classification"] = "internal"
    lake.column("silver/orders", "changed_at")["required"] = True
    lake.table("silver/orders")["customProperties"].append({"property": "history", "value": True})
    return lake
