"""Contracts and configuration of DynamoDB sources."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import check_sources
from medallion.manifest.engines.dynamodb.settings import DynamoDbSource
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.environment import CreatedNetwork, Environment
from medallion.manifest.errors import Invalid
from medallion.manifest.model import BronzeTable


def contract(name: str, properties: list[dict[str, Any]], *, layer: str, **custom: Any) -> dict[str, Any]:
    table = {
        "name": name,
        "properties": properties,
        "customProperties": [{"property": key, "value": value} for key, value in custom.items()],
    }
    servers = {"servers": [{"server": "crm", "type": "custom"}]} if layer == "bronze" else {}
    header = {"apiVersion": "v3.2.0", "kind": "DataContract", "id": f"{layer}.{name}", "version": "1.0.0", "status": "active"}
    return {**header, **servers, "schema": [table]}


ID = {"name": "id", "logicalType": "string", "primaryKey": True}
TOTAL = {"name": "total", "logicalType": "number", "physicalType": "decimal(38,0)"}
NESTED = {
    "name": "address",
    "logicalType": "object",
    "properties": [
        {"name": "homeNumber", "logicalType": "integer"},
        {"name": "tags", "logicalType": "array", "items": {"logicalType": "string"}},
    ],
}
COUNTS = {"name": "counts", "logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": {"logicalType": "integer"}}}
PHOTO = {"name": "photo", "logicalType": "string", "physicalType": "binary"}


class Lake:
    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, layer: str, document: dict[str, Any]) -> None:
        file = self.root / "contracts" / "shop" / layer / f"{document['schema'][0]['name']}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(document))

    def problems(self) -> str:
        with pytest.raises(Invalid) as raised:
            compile_lake(self.root)
        return str(raised.value)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_attributes_of_every_type_are_columns(lake: Lake) -> None:
    lake.write("bronze", contract("people", [ID, TOTAL, NESTED, COUNTS, PHOTO], layer="bronze", ingestion="export"))
    (table,) = compile_lake(lake.root).tables("bronze")
    assert isinstance(table, BronzeTable)
    assert (table.mode, table.key) == ("export", ("id",))
    assert [column.type for column in table.columns] == [
        "string",
        "decimal(38,0)",
        "struct<homeNumber:bigint,tags:array<string>>",
        "map<string,bigint>",
        "binary",
    ]


@pytest.mark.parametrize(
    ("properties", "custom", "told"),
    [
        pytest.param([TOTAL], {}, "0 columns have primaryKey: true", id="no key"),
        pytest.param([ID, {"name": "at", "logicalType": "timestamp"}], {}, "DynamoDB has no timestamp", id="a timestamp"),
        pytest.param([ID, TOTAL], {"watermark": "total"}, "watermark is of an incremental read", id="a watermark"),
        pytest.param([ID, {"name": "_is_deleted", "logicalType": "boolean"}], {}, "'_is_deleted' is reserved", id="a technical column"),
        pytest.param(
            [{"name": "id", "logicalType": "boolean", "primaryKey": True}], {}, "id is boolean; a key is text", id="a boolean key"
        ),
    ],
)
def test_what_an_export_can_t_be_is_told(lake: Lake, properties: list[dict[str, Any]], custom: dict[str, Any], told: str) -> None:
    lake.write("bronze", contract("people", properties, layer="bronze", ingestion="export", **custom))
    assert told in lake.problems()


def test_a_silver_table_may_name_the_time_of_writing_and_needs_the_item_s_key(lake: Lake) -> None:
    lake.write("bronze", contract("people", [ID, TOTAL], layer="bronze", ingestion="export"))
    written = {"name": "written_at", "logicalType": "timestamp", "transformLogic": "_written_at"}
    lake.write("silver", contract("people", [ID, written], layer="silver"))
    assert len(list(compile_lake(lake.root).tables())) == 2
    lake.write("silver", contract("people", [ID | {"transformLogic": "cast(total AS string)"}, TOTAL], layer="silver", sequence=["total"]))
    problems = lake.problems()
    assert "is made from total, and a deletion names only the key (id)" in problems
    assert "ordered by _written_at" in problems


def test_a_mode_that_the_engine_lacks_is_told(lake: Lake) -> None:
    lake.write("bronze", contract("people", [ID], layer="bronze", ingestion="export"))

    def environment(source: DynamoDbSource | PostgresSource) -> Environment:
        return Environment(
            name="dev", account="1" * 12, region="eu-west-1", prefix="dev", network=CreatedNetwork(mode="create"), sources={"crm": source}
        )

    manifest = compile_lake(lake.root)
    check_sources(environment(DynamoDbSource(engine="dynamodb", prefix="")), manifest, lake.root)
    with pytest.raises(Invalid, match=r"sources.crm.engine: 'postgres' is read by snapshot or incremental.*export, which is of dynamodb"):
        check_sources(environment(PostgresSource(engine="postgres", demo=True)), manifest, lake.root)


@pytest.mark.parametrize("fields", [{}, {"prefix": "a-", "demo": True}], ids=["neither", "both"])
def test_a_dynamodb_source_has_a_prefix_or_is_a_demo(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give either prefix"):
        DynamoDbSource(engine="dynamodb", **fields)
