"""`lake contracts`."""

import json
from pathlib import Path

import pytest
import typer

from cli.context import Context
from cli.contracts import command as contracts
from medallion.manifest.compiler import compile_lake
from medallion.manifest.errors import Invalid
from medallion.manifest.files import manifest_bytes
from tests.unit.manifest.contracts_on_disk import Lake

CONFIGURATION = 'account: "012345678901"\nregion: eu-west-1\nnetwork: {mode: create}\nsources: {%s: {engine: postgres, demo: true}}\n'


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake without a mistake."""
    return Lake(tmp_path / "acme")


def run(lake: Lake, *arguments: str, as_json: bool = False) -> None:
    lake.write()
    app = typer.Typer()

    @app.callback()
    def options(call: typer.Context) -> None:
        call.obj = Context(json=as_json, lake=lake.root)

    contracts.mount(app)
    app(["contracts", *arguments], standalone_mode=False)


def configure(lake: Lake, source: str) -> None:
    (lake.root / "config").mkdir(parents=True)
    (lake.root / "config" / "dev.yaml").write_text(CONFIGURATION % source)


def test_check_lists_the_contracts(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    configure(lake, "shop")
    run(lake, "check")
    printed = capsys.readouterr().out
    assert "turnover" in printed
    assert "incremental" in printed
    assert printed.endswith("3 contracts, no problem\n")


def test_check_gives_programs_json(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    run(lake, "check", as_json=True)
    listed = json.loads(capsys.readouterr().out)
    assert listed[0] == {"contract": "contracts/shop/bronze/orders.yaml", "version": "1.0.0", "layer": "bronze", "table": "shop__orders"}
    assert len(listed) == 3


def test_check_finds_an_environment_without_the_source(lake: Lake) -> None:
    configure(lake, "shopp")
    with pytest.raises(Invalid, match=r"config/dev\.yaml: sources\.shop: is missing"):
        run(lake, "check")


def test_a_wrong_contract_is_an_error(lake: Lake) -> None:
    lake.column("silver/orders", "id")["logicalType"] = "strng"
    with pytest.raises(Invalid, match="'strng' is not one of"):
        run(lake, "check")


def test_build_writes_the_manifest(lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "manifest.json"
    run(lake, "build", "--out", str(out))
    assert out.read_bytes() == manifest_bytes(compile_lake(lake.root))
    assert capsys.readouterr().out == f"{out}: 3 tables of shop\n"
