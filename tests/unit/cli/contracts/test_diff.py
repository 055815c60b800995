"""`lake contracts diff`: what may be compared with, and what is told."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli import main
from tests.unit.manifest.contracts_on_disk import Lake


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True)


def call(capsys: pytest.CaptureFixture[str], lake: Lake, *arguments: str) -> tuple[int, str, str]:
    lake.write()
    code = main.call(["--lake", str(lake.root), "contracts", "diff", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def document(capsys: pytest.CaptureFixture[str], lake: Lake, *arguments: str) -> Any:
    return json.loads(call(capsys, lake, "--json", *arguments)[1])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    git(made, "init", "--initial-branch=main")
    git(made, "commit", "--allow-empty", "-m", "Begin")
    return made


@pytest.fixture
def lake(repository: Path) -> Lake:
    """A lake whose second commit has its contracts."""
    lake = Lake(repository / "lakes" / "acme")
    lake.write()
    git(repository, "add", ".")
    git(repository, "commit", "-m", "Add contracts")
    return lake


def narrow(lake: Lake) -> None:
    lake.column("silver/orders", "total")["physicalType"] = "decimal(10,2)"
    lake.column("silver/orders", "customer")["classification"] = "internal"


def test_nothing_changed(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    assert call(capsys, lake, "HEAD")[:2] == (0, "The contracts mean the same as those of HEAD.\n")


def test_a_breaking_change_fails_and_names_what_it_hits(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    narrow(lake)
    code, out, _ = call(capsys, lake, "main")
    assert code == 1
    assert "Breaking:\n  silver.orders.total: type: decimal(12,2) becomes decimal(10,2)\n    hits gold.turnover.total\n" in out
    assert "silver.orders.customer: opened: restricted → internal" in out
    assert call(capsys, lake, "main", "--allow-breaking")[0] == 0


def test_a_dropped_column_hits_what_used_it(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    lake.table("silver/orders")["properties"] = [item for item in lake.table("silver/orders")["properties"] if item["name"] != "total"]
    lake.table("gold/turnover")["properties"] = [{"name": "customer", "logicalType": "string", "primaryKey": True}]
    lake.files["shop/gold/turnover.sql"] = "SELECT DISTINCT customer FROM orders"
    found = document(capsys, lake, "HEAD")
    assert found["breaking"]
    dropped = next(change for change in found["changes"] if (change["table"], change["column"]) == ("silver.orders", "total"))
    assert dropped["hits"] == ["gold.turnover.total"]


@pytest.mark.parametrize("kind", ["folder", "manifest"])
def test_a_folder_and_a_manifest_are_compared_too(capsys: pytest.CaptureFixture[str], lake: Lake, tmp_path: Path, kind: str) -> None:
    base = tmp_path / "base" / "acme"
    Lake(base).write()
    if kind == "manifest":
        base = tmp_path / "manifest.json"
        assert main.call(["--lake", str(lake.root), "contracts", "build", "--out", str(base)]) == 0
        capsys.readouterr()
    narrow(lake)
    found = document(capsys, lake, str(base))
    assert [(change["kind"], change["breaking"]) for change in found["changes"]] == [("type", True)]


def test_against_a_commit_before_the_lake_everything_is_new(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    found = document(capsys, lake, "HEAD~1")
    assert not found["breaking"]
    assert {change["kind"] for change in found["changes"]} == {"added"}


def test_a_name_that_is_nothing_is_refused(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    code, _, err = call(capsys, lake, "no-such-branch")
    assert code == 2
    assert "neither a lake's folder nor a manifest.json nor a commit" in err
    assert "git fetch" in err


def test_contracts_that_were_wrong_are_told_with_their_commit(capsys: pytest.CaptureFixture[str], lake: Lake, repository: Path) -> None:
    lake.column("silver/orders", "total")["logicalType"] = "nmber"
    lake.write()
    git(repository, "commit", "-am", "Mistype")
    lake.column("silver/orders", "total")["logicalType"] = "number"
    code, _, err = call(capsys, lake, "HEAD")
    assert code == 2
    assert "HEAD:acme/contracts/shop/silver/orders.yaml" in err
    assert "'nmber' is not one of" in err
