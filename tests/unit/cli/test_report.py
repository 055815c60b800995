"""`lake report` as a persona: whoever sees too little of the lake is told so, and gets no page that is wrong."""

from typing import Any

import pytest

from cli.report import check_sees_enough
from cli.terminal.failures import Refused
from medallion.manifest.model import Persona, RowFilter
from tests.unit.report.lake import PEOPLE, SHOP


def persona(*layers: Any, classes: tuple[Any, ...] = ("public", "internal")) -> Persona:
    return Persona(name="engineer", description="Engineers", layers=layers, classes=classes)


@pytest.mark.parametrize(
    ("engineer", "lacking"),
    [
        pytest.param(persona("silver", "gold"), "sees nothing that is bronze or ops", id="layers"),
        pytest.param(persona("bronze", "silver", "gold", "ops", classes=("public",)), "sees nothing that is internal", id="a class"),
    ],
)
def test_a_report_needs_every_layer_and_what_everybody_may_see(engineer: Persona, lacking: str) -> None:
    with pytest.raises(Refused, match=lacking):
        check_sees_enough(SHOP.model_copy(update={"personas": (engineer,)}), "engineer")


def test_a_report_needs_all_rows() -> None:
    engineer = persona("bronze", "silver", "gold", "ops")
    (product,) = SHOP.products
    lake = SHOP.model_copy(update={"personas": (engineer,)})
    check_sees_enough(lake, "engineer")
    filtered = PEOPLE.model_copy(update={"rows_for": (RowFilter(persona="engineer", expression="city = 'Ulm'"),)})
    tables = tuple(filtered if table.name == "people" else table for table in product.tables)
    with pytest.raises(Refused, match="sees only some rows of some tables"):
        check_sees_enough(lake.model_copy(update={"products": (product.model_copy(update={"tables": tables}),)}), "engineer")
