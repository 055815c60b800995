"""What the how-to shows works, and what the reference lists is what the compiler knows."""

import re
import shutil
from pathlib import Path

import yaml

from medallion.manifest.compiler import compile_lake
from medallion.manifest.compiler.custom import OF_COLUMN, OF_TABLE
from medallion.manifest.engines.extraction.settings import ExtractionSource
from tests.unit.manifest.extraction_on_disk import Lake

DOCS = Path(__file__).parents[3] / "docs"


def test_the_how_tos_example_compiles(tmp_path: Path) -> None:
    text = (DOCS / "contracts.md").read_text()
    examples = re.findall(r"`(contracts/[\w/]+\.(?:yaml|sql))`[^`]*(?:`[^`]+`[^`]*)*?```\w+\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 5
    for path, content in examples:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    product = compile_lake(tmp_path).product("web")
    assert [table.name for table in product.tables] == ["shop__orders", "orders", "daily_turnover"]
    assert (product.schedule, product.gold[0].inputs) == ("0 5 * * *", ("orders",))


def test_the_example_of_an_extraction_compiles_and_is_configured(tmp_path: Path) -> None:
    section = (DOCS / "contracts.md").read_text().partition("## What a model finds in documents")[2].partition("\n## ")[0]
    configured, written = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL))
    lake = Lake(tmp_path)
    lake.contracts["care/bronze/prescriptions"]["schema"] = written["schema"]
    extraction = lake.extracted().extraction
    assert extraction is not None
    assert [field.name for field in extraction.fields] == ["drug", "route", "dose", "until"]
    assert ExtractionSource.model_validate(configured["sources"]["reader"]).sends_out == "internal"


def test_the_first_table_of_the_readme_has_ten_lines_and_compiles_in_the_sample(tmp_path: Path) -> None:
    section = (DOCS.parent / "README.md").read_text().partition("## A first table of your own")[2].partition("\n## ")[0]
    contract, sql = (re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)[0] for language in ("yaml", "sql"))
    assert len(contract.splitlines()) == 10
    lake = tmp_path / "grocer"
    shutil.copytree(DOCS.parent / "lakes" / "grocer", lake)
    (lake / "contracts/sales/gold/monthly_sales.yaml").write_text(contract)
    (lake / "contracts/sales/gold/monthly_sales.sql").write_text(sql)
    tables = {table.name: table.inputs for table in compile_lake(lake).product("sales").gold}
    assert tables["monthly_sales"] == ("daily_department_sales",)


def test_every_custom_property_is_in_the_reference_with_its_layers() -> None:
    text = (DOCS / "interfaces.md").read_text().partition("Custom properties")[2].partition("###")[0]
    documented = {
        name: {layer.strip() for layer in layers.split(",")}
        for name, layers in re.findall(r"^\| `(\w+)`[^|]*\|([^|]*)\|", text, re.MULTILINE)
    }
    known: dict[str, set[str]] = {}
    for properties in (OF_TABLE, OF_COLUMN):
        for layer, names in properties.items():
            for name in names:
                known.setdefault(name, set()).add(layer)
    assert documented == known
