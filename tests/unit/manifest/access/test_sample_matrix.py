"""What contracts, personas and the evaluator make of the sample lake is what is written by hand."""

from pathlib import Path

import pytest

from medallion.manifest.access.evaluate import access_of
from medallion.manifest.access.expected import expected_state
from medallion.manifest.access.permissions import Table
from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import load_environment
from tests.sample_access import MATRIX, PERSONAS, expected

LAKE = Path(__file__).parents[4] / "lakes" / "grocer"


@pytest.mark.parametrize("persona", PERSONAS)
def test_each_persona_sees_what_is_written_here(persona: str) -> None:
    environment, manifest = load_environment(LAKE, "local"), compile_lake(LAKE)
    state = expected_state(environment, manifest)
    names = environment.names
    known = {f"{table.database.removeprefix('local_')}.{table.name}": table for table in state.tables}
    products = known["silver.products"]
    found = Table(database=names.discovered, name="store_public_products", columns=("product_id", "brand"))
    drifted = products.model_copy(update={"columns": (*products.columns, "surprise")})
    state = state.model_copy(update={"tables": (*(drifted if each == products else each for each in state.tables), found)})
    column = PERSONAS.index(persona)
    seen, wanted = {}, {}
    for (database, table), access in access_of(state, names.role_arn(names.persona(persona))).items():
        name = f"{database.removeprefix('local_')}.{table}"
        columns = tuple(each for each in access.columns if each != "surprise")
        seen[name], wanted[name] = set(access.seen) - {"surprise"}, expected(MATRIX[name][column], columns)
        if "surprise" in access.columns:
            seen[f"{name}.surprise"] = set(access.seen) & {"surprise"}
            wanted[f"{name}.surprise"] = expected(MATRIX[f"{name}.surprise"][column], ("surprise",))
        assert access.rows is None or not access.seen
    assert seen == wanted
    assert set(MATRIX) == set(seen)
