"""A lake outside the repository, with the sample lake absent, on a second laptop beside the first."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.local.lake import ROOT, Lake, deployed

SHARED = (".venv", ".tools", "node_modules")
COPIED = ("cli", "glue_jobs", "local", "medallion", "mwaa_dags", "stacks", "app.py", "cdk.json", "pyproject.toml", "README.md", "LICENSE")

BRONZE = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "clinic.care.bronze.visits",
    "version": "1.0.0",
    "status": "active",
    "servers": [{"server": "practice", "type": "custom"}],
    "schema": [
        {
            "name": "visits",
            "customProperties": [{"property": "ingestion", "value": "snapshot"}],
            "properties": [
                {"name": "id", "physicalType": "bigint", "primaryKey": True, "required": True},
                {"name": "fee", "physicalType": "numeric(10,2)", "required": True},
            ],
        }
    ],
}
SILVER = {
    "apiVersion": "v3.2.0",
    "kind": "DataContract",
    "id": "clinic.care.silver.visits",
    "version": "1.0.0",
    "status": "active",
    "schema": [
        {
            "name": "visits",
            "properties": [
                {"name": "id", "logicalType": "integer", "logicalTypeOptions": {"format": "i64"}, "primaryKey": True, "required": True},
                {
                    "name": "fee",
                    "logicalType": "number",
                    "physicalType": "decimal(10,2)",
                    "logicalTypeOptions": {"minimum": 0},
                    "required": True,
                },
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository that has no lake at all."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    for name in SHARED:
        (root / name).symlink_to(ROOT / name)
    return root


@pytest.fixture(scope="module")
def clinic(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    folder = tmp_path_factory.mktemp("outside") / "clinic"
    for layer, contract in (("bronze", BRONZE), ("silver", SILVER)):
        file = folder / "contracts" / "care" / layer / "visits.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(yaml.safe_dump(contract))
    configuration = yaml.safe_load((ROOT / "lakes" / "grocer" / "config" / "local.yaml").read_text())
    configuration["sources"] = {"practice": {"engine": "postgres", "demo": True, "tls": False}}
    (folder / "config").mkdir()
    (folder / "config" / "local.yaml").write_text(yaml.safe_dump(configuration))
    with deployed(folder, repository) as lake:
        with lake.source("practice") as source:
            source.execute("CREATE TABLE public.visits (id bigint PRIMARY KEY, fee numeric(10,2) NOT NULL)")
            source.execute("INSERT INTO public.visits VALUES (1, 10.50), (2, 20.25), (3, -1)")
        yield lake


def test_a_lake_outside_the_repository_deploys_and_runs_without_the_sample(clinic: Lake, repository: Path) -> None:
    assert not (repository / "lakes").exists()
    assert clinic.run()["state"] == "success"
    assert clinic.query("SELECT id, fee FROM local_silver.visits ORDER BY id") == [{"id": 1, "fee": "10.50"}, {"id": 2, "fee": "20.25"}]
    assert clinic.one("SELECT count(*) AS n FROM local_silver.visits__quarantine") == {"n": 1}
    assert set(clinic.metadata_locations()) == {"local_bronze.practice__visits", "local_silver.visits", "local_silver.visits__quarantine"}


def test_two_laptops_side_by_side_know_nothing_of_each_other(clinic: Lake, lake: Lake) -> None:
    assert clinic.port != lake.port
    assert "local_silver.transactions" in lake.metadata_locations()
    assert "local_silver.transactions" not in clinic.metadata_locations()
    assert clinic.secret("practice")["port"] != lake.secret("store")["port"]


def test_destroy_leaves_no_stack_of_the_lake(clinic: Lake) -> None:
    clinic.command("cdk", "destroy", "--all", "--force")
    stacks = clinic.client("cloudformation").list_stacks()["StackSummaries"]
    left = {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
    assert left == {"CDKToolkit"}
    assert clinic.client("glue").get_databases()["DatabaseList"] == []
