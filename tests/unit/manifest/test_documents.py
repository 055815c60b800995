"""Contracts and configuration of sources of documents."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import check_sources
from medallion.manifest.engines.documents.columns import DOCUMENT_COLUMNS
from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.environment import CreatedNetwork, Environment
from medallion.manifest.errors import Invalid
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import Names
from medallion.manifest.schedule import plan

LOGICAL = {"string": "string", "bigint": "integer", "timestamp": "timestamp"}


def columns(**changed: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The columns of a document, each as it must be unless the test says otherwise; None leaves it away."""
    made: dict[str, dict[str, Any]] = {name: {"name": name, "logicalType": LOGICAL[type]} for name, type in DOCUMENT_COLUMNS.items()}
    made["document_id"]["primaryKey"] = True
    return [made[name] | (changed.get(name) or {}) for name in made if changed.get(name, {}) is not None]


def contract(name: str, properties: list[dict[str, Any]], **custom: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": name,
        "version": "1.0.0",
        "status": "active",
        "servers": [{"server": "post", "type": "custom"}],
        "schema": [
            {
                "name": name,
                "properties": properties,
                "customProperties": [{"property": key, "value": value} for key, value in ({"ingestion": "documents"} | custom).items()],
            }
        ],
    }


def write(root: Path, document: dict[str, Any]) -> None:
    file = root / "contracts" / "inbox" / "bronze" / f"{document['schema'][0]['name']}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(document))


def problems(root: Path) -> str:
    with pytest.raises(Invalid) as raised:
        compile_lake(root)
    return str(raised.value)


def test_a_table_of_documents_has_their_columns_and_is_restricted_unless_it_says_otherwise(tmp_path: Path) -> None:
    write(tmp_path, contract("letters", columns(size_bytes={"classification": "internal"})))
    (table,) = compile_lake(tmp_path).tables("bronze")
    assert isinstance(table, BronzeTable)
    assert (table.mode, table.source, table.name, table.key) == ("documents", "post", "post__letters", ("document_id",))
    assert {column.name: column.type for column in table.columns} == DOCUMENT_COLUMNS
    assert {column.name for column in table.columns if column.classification == "restricted"} == set(DOCUMENT_COLUMNS) - {"size_bytes"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param(contract("letters", columns(text=None)), "also text", id="a column is missing"),
        pytest.param(contract("letters", columns(text={"name": "body"})), "'body' is not one of", id="a column of its own"),
        pytest.param(
            contract("letters", columns(size_bytes={"logicalType": "string"})), "size_bytes of a document is bigint", id="another type"
        ),
        pytest.param(contract("letters", columns(document_id={"primaryKey": False})), "document_id alone", id="no key"),
        pytest.param(contract("letters", columns(name={"primaryKey": True})), "document_id alone", id="another key"),
        pytest.param(contract("letters", columns(), watermark="received_at"), "watermark is of an incremental read", id="a watermark"),
    ],
)
def test_what_is_no_table_of_documents_is_told(tmp_path: Path, document: dict[str, Any], said: str) -> None:
    write(tmp_path, document)
    assert said in problems(tmp_path)


def test_a_source_of_documents_has_one_table(tmp_path: Path) -> None:
    write(tmp_path, contract("letters", columns()))
    write(tmp_path, contract("notes", columns()))
    assert "the documents of 'post' are already read by contracts/inbox/bronze/letters.yaml" in problems(tmp_path)


def environment(**sources: Any) -> Environment:
    return Environment(
        name="dev", account="222222222222", region="eu-west-1", prefix="acme_dev", network=CreatedNetwork(mode="create"), sources=sources
    )


def test_a_source_of_documents_is_read_as_such_and_no_other_is(tmp_path: Path) -> None:
    write(tmp_path, contract("letters", columns()))
    manifest = compile_lake(tmp_path)
    check_sources(environment(post=DocumentSource(engine="documents")), manifest, tmp_path)
    with pytest.raises(Invalid, match="'postgres' is read by snapshot or incremental"):
        check_sources(environment(post=PostgresSource(engine="postgres", secret="post/reader")), manifest, tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"largest_bytes": 20_000_001}, id="more than a function holds"),
        pytest.param({"batch_seconds": 900}, id="longer than a message waits"),
        pytest.param({"suffixes": [".pdf"]}, id="no text"),
        pytest.param({"suffixes": []}, id="no suffix"),
    ],
)
def test_a_setting_beyond_its_limits_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        DocumentSource.model_validate({"engine": "documents", **settings})


def test_the_run_of_a_batch_is_of_the_product_s_own_dag(tmp_path: Path) -> None:
    write(tmp_path, contract("letters", columns()))
    names = Names(prefix="acme_dev", account="222222222222", region="eu-west-1")
    (product,) = compile_lake(tmp_path).products
    assert names.dag(product.name) == plan(product, names, "0" * 16, governed=False).dag_id
