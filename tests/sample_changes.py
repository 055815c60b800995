"""Changes of who sees what in the sample lake, as pull requests would make them."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

LAKE = Path(__file__).parents[1] / "lakes" / "grocer"


def changed(change: Callable[[Path], None], folder: Path, lake: Path = LAKE) -> Path:
    """The folder of a copy of the sample lake with a change."""
    copy = folder / lake.name
    shutil.copytree(lake, copy)
    change(copy)
    return copy


def edit(file: Path, change: Callable[[Any], None]) -> None:
    """Changes a document of YAML."""
    document = yaml.safe_load(file.read_text())
    change(document)
    file.write_text(yaml.safe_dump(document, sort_keys=False))


def _contract(lake: Path, place: str, change: Callable[[Any], None]) -> None:
    edit(lake / "contracts" / "sales" / f"{place}.yaml", lambda contract: change(contract["schema"][0]))


def add_persona(lake: Path) -> None:
    """Auditors see what each run did."""
    auditor = {"description": "Auditors", "layers": ["ops"], "classes": ["internal"]}
    edit(lake / "config" / "personas.yaml", lambda personas: personas.update(auditor=auditor))
    for file in (lake / "config").glob("*.yaml"):
        if file.stem != "personas":
            edit(file, lambda environment: environment["personas"].update(auditor=dict(environment["personas"]["data_engineer"])))


def reclassify_column(lake: Path) -> None:
    """The age of a household is internal."""

    def open_age(table: Any) -> None:
        (age,) = [column for column in table["properties"] if column["name"] == "age"]
        age["classification"] = "internal"

    _contract(lake, "silver/households", open_age)


def add_table(lake: Path) -> None:
    """A table of gold."""
    column = {"name": "department", "logicalType": "string", "primaryKey": True, "classification": "public"}
    contract = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "grocer.sales.gold.departments",
        "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "departments", "properties": [column]}],
    }
    folder = lake / "contracts" / "sales" / "gold"
    (folder / "departments.yaml").write_text(yaml.safe_dump(contract))
    (folder / "departments.sql").write_text("SELECT DISTINCT department FROM products")


def _filter(expression: str) -> Callable[[Path], None]:
    def filter_rows(table: Any) -> None:
        kept = [each for each in table["customProperties"] if each["property"] != "rowsFor"]
        table["customProperties"] = [*kept, {"property": "rowsFor", "value": {"analyst": expression}}]

    return lambda lake: _contract(lake, "silver/campaigns", filter_rows)


filter_rows, filter_other_rows = _filter("type = 'A'"), _filter("type = 'B'")
"""Analysts see campaigns of one type only."""


def as_it_is(_: Path) -> None:
    """The sample lake as it is."""


CHANGES: Mapping[str, tuple[Callable[[Path], None], Callable[[Path], None]]] = {
    "a new persona": (as_it_is, add_persona),
    "a column reclassified": (as_it_is, reclassify_column),
    "a table added": (as_it_is, add_table),
    "rows filtered": (as_it_is, filter_rows),
    "a row filter changed": (filter_rows, filter_other_rows),
}
"""The lake before and after, by what changes."""
