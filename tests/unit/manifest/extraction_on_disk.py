"""A lake of its own in which a model extracts something from documents: what people were discharged with from a hospital."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from medallion.manifest.compiler import compile_lake
from medallion.manifest.engines.documents.columns import DOCUMENT_COLUMNS
from medallion.manifest.errors import Invalid
from medallion.manifest.model import BronzeTable, Manifest

type Document = dict[str, Any]

_LOGICAL = {"string": "string", "bigint": "integer", "timestamp": "timestamp"}
KEY: list[Document] = [
    {"name": "document_id", "logicalType": "string", "primaryKey": True},
    {"name": "record", "logicalType": "integer", "primaryKey": True},
]
FIELDS: list[Document] = [
    {
        "name": "drug",
        "logicalType": "string",
        "description": "The drug's generic name",
        "required": True,
        "logicalTypeOptions": {"pattern": "[a-z]+"},
        "examples": ["ibuprofen"],
    },
    {
        "name": "route",
        "logicalType": "string",
        "description": "How it is taken",
        "enum": [{"value": "oral", "description": "by mouth"}, {"value": "injected"}],
    },
    {
        "name": "dose",
        "logicalType": "number",
        "physicalType": "decimal(8,2)",
        "description": "The dose, mg",
        "logicalTypeOptions": {"minimum": 0.25, "maximum": 9000},
        "examples": [400],
    },
    {
        "name": "until",
        "logicalType": "date",
        "description": "The last day",
        "logicalTypeOptions": {"minimum": "2020-01-01"},
    },
]


def contract(name: str, source: str, properties: list[Document], **custom: Any) -> Document:
    """A contract of a bronze table; without a source of a silver one."""
    layer = "bronze" if source else "silver"
    made: Document = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": f"{layer}.{name}",
        "version": "1.0.0",
        "status": "active",
        "schema": [
            {
                "name": name,
                "properties": copy.deepcopy(properties),
                "customProperties": [{"property": key, "value": value} for key, value in custom.items() if value is not None],
            }
        ],
    }
    return made | ({"servers": [{"server": source, "type": "custom"}]} if source else {})


def documents(**classified: str) -> Document:
    """The contract of the documents; a column's classification where the test says one."""
    columns = [
        {"name": name, "logicalType": _LOGICAL[type], "primaryKey": name == "document_id"}
        | ({"classification": classified[name]} if name in classified else {})
        for name, type in DOCUMENT_COLUMNS.items()
    ]
    return contract("notes", "ward", columns, ingestion="documents")


def prescriptions(*fields: Document, **custom: Any) -> Document:
    """The contract of what is extracted; its usual fields and properties unless the test says others, None leaves one out."""
    said = {"ingestion": "extraction", "documents": "ward__notes", "instruction": "List what is prescribed.", **custom}
    return contract("prescriptions", "reader", [*KEY, *(fields or FIELDS)], **said)


class Lake:
    """Contracts that are written when they are needed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.contracts: dict[str, Document] = {"care/bronze/notes": documents(), "care/bronze/prescriptions": prescriptions()}

    def compile(self) -> Manifest:
        for path, document in self.contracts.items():
            file = self.root / "contracts" / f"{path}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(yaml.safe_dump(document))
        return compile_lake(self.root)

    def extracted(self) -> BronzeTable:
        (table,) = self.compile().read_from("reader")
        return table

    def problems(self) -> str:
        with pytest.raises(Invalid) as raised:
            self.compile()
        return str(raised.value).replace(f"{self.root}/", "")
