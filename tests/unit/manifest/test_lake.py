"""Which lake is meant."""

from pathlib import Path

import pytest

from medallion.manifest.lake import NoLake, ProductFile, lake_root, product_names, read_product


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("acme", "other"):
        (tmp_path / "lakes" / name / "contracts" / "shop").mkdir(parents=True)
    (tmp_path / "cdk.json").write_text('{"context": {"default-lake": "lakes/acme"}}')
    return tmp_path


def test_cdk_json_names_the_lake(repository: Path) -> None:
    assert lake_root(repository) == repository / "lakes" / "acme"


def test_a_chosen_lake_may_lie_anywhere(repository: Path) -> None:
    assert lake_root(repository, "lakes/other") == repository / "lakes" / "other"
    assert lake_root(Path("/"), str(repository / "lakes" / "other")) == repository / "lakes" / "other"


def test_a_folder_without_contracts_is_no_lake(repository: Path) -> None:
    with pytest.raises(NoLake, match=r"lakes: is no lake: it has no folder `contracts`; name another with `-c lake=PATH` or LAKE=PATH"):
        lake_root(repository, "lakes")


@pytest.mark.parametrize("content", [None, "{", "{}", '{"context": {}}'])
def test_a_repository_that_names_no_lake_says_how_to(repository: Path, content: str | None) -> None:
    (repository / "cdk.json").unlink()
    if content:
        (repository / "cdk.json").write_text(content)
    with pytest.raises(NoLake, match=r"cdk\.json: context\.default-lake: names no lake .* name one with"):
        lake_root(repository)


def test_products_are_the_folders_of_contracts(repository: Path) -> None:
    root = lake_root(repository)
    (root / "contracts" / ".hidden").mkdir()
    (root / "contracts" / "README.md").write_text("")
    assert product_names(root) == ("shop",)
    assert read_product(root, "shop") == ProductFile(schedule=None, owner="")
