"""As whom a command asks, and what of the catalog that one sees."""

import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from cli.context import Context
from cli.query.asking import asker, seen_in

GROCER = Path(__file__).parents[4] / "lakes" / "grocer"
NAMED, GOVERNED = "query_as: data_engineer", "lake_formation: manage"


@pytest.mark.parametrize(
    ("given", "instead", "who"),
    [
        pytest.param(None, (NAMED, NAMED), "data_engineer", id="whom the environment names"),
        pytest.param("analyst", (NAMED, NAMED), "analyst", id="whom the command names"),
        pytest.param(None, (NAMED, ""), None, id="nobody is named"),
        pytest.param(None, (GOVERNED, "lake_formation: off"), None, id="IAM alone decides"),
    ],
)
def test_a_command_asks_as_the_nearest_that_is_named(tmp_path: Path, given: str | None, instead: tuple[str, str], who: str | None) -> None:
    shutil.copytree(GROCER / "config", tmp_path / "config")
    file = tmp_path / "config" / "local.yaml"
    text = file.read_text()
    assert NAMED in text
    assert GOVERNED in text
    file.write_text(text.replace(*instead))
    assert asker(Context(lake=tmp_path, home=tmp_path), given) == who


def test_what_is_seen_is_what_the_catalog_shows_of_iceberg_tables_now() -> None:
    def column(name: str, **parameters: str) -> dict[str, Any]:
        return {"Name": name, "Type": "string", "Parameters": parameters}

    columns = [column("Id"), column("gone", **{"iceberg.field.current": "false"}), column("total", **{"iceberg.field.current": "true"})]
    shown = [
        {"Name": "orders", "StorageDescriptor": {"Columns": columns}, "Parameters": {"metadata_location": "s3://a/b"}},
        {"Name": "a_view", "StorageDescriptor": {"Columns": [column("id")]}, "Parameters": {}},
    ]
    glue = boto3.client("glue", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    with Stubber(glue) as stubber:
        stubber.add_response("get_tables", {"TableList": shown}, {"DatabaseName": "dev_silver"})
        assert seen_in(glue, "dev_silver") == {"orders": frozenset({"id", "total"})}
