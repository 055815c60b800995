"""Who sees what of the sample lake, written by hand: what contracts, personas and the evaluator make of it must be this."""

from pathlib import Path

import pytest

from medallion.manifest.access.evaluate import access_of
from medallion.manifest.access.expected import expected_state
from medallion.manifest.access.permissions import Table
from medallion.manifest.compiler import compile_lake
from medallion.manifest.configuration import load_environment

LAKE = Path(__file__).parents[4] / "lakes" / "grocer"

ALL, NONE = "all", ""
REFUSED = "_input_snapshot_id _run_id _rules _quarantined_at _ingested_at"
# Of each table: what analyst, bi_reader, data_engineer and privacy_officer see. `all` is every column; `- x` all but x.
MATRIX = {
    "bronze.loyalty__households": (NONE, NONE, "- contact cardnumber cardseal", ALL),
    "bronze.loyalty__redemptions": (NONE, NONE, ALL, ALL),
    "bronze.mail__letters": (NONE, NONE, "document_id media_type size_bytes received_at _run_id _ingested_at", ALL),
    "bronze.reader__feedback": (NONE, NONE, "- _refused _evidence _answer", ALL),
    "bronze.store__campaign_memberships": (NONE, NONE, ALL, ALL),
    "bronze.store__campaigns": (NONE, NONE, ALL, ALL),
    "bronze.store__coupons": (NONE, NONE, ALL, ALL),
    "bronze.store__products": (NONE, NONE, ALL, ALL),
    "bronze.store__transactions": (NONE, NONE, ALL, ALL),
    "silver.campaign_memberships": ("- household_id", NONE, ALL, ALL),
    "silver.campaign_memberships__quarantine": (REFUSED, NONE, ALL, ALL),
    "silver.campaigns": (ALL, NONE, ALL, ALL),
    "silver.campaigns__quarantine": (ALL, NONE, ALL, ALL),
    "silver.coupon_products": (ALL, NONE, ALL, ALL),
    "silver.coupon_products__quarantine": (ALL, NONE, ALL, ALL),
    "silver.coupons": (ALL, NONE, ALL, ALL),
    "silver.coupons__quarantine": (ALL, NONE, ALL, ALL),
    "silver.feedback": (ALL, NONE, ALL, ALL),
    # What a model refused may quote the letter.
    "silver.feedback__quarantine": (REFUSED, NONE, REFUSED, ALL),
    "silver.households": ("_run_id _ingested_at", NONE, "- email phone card_number card_seal", ALL),
    "silver.households__quarantine": (REFUSED, NONE, REFUSED, ALL),
    "silver.products": (ALL, NONE, ALL, ALL),
    "silver.products__quarantine": (ALL, NONE, ALL, ALL),
    "silver.redemptions": ("- household_id redemption_id", NONE, ALL, ALL),
    "silver.redemptions__quarantine": (REFUSED, NONE, ALL, ALL),
    "silver.transactions": ("- household_id basket_id", NONE, ALL, ALL),
    "silver.transactions__quarantine": (REFUSED, NONE, ALL, ALL),
    "gold.campaign_performance": (ALL, ALL, ALL, ALL),
    "gold.daily_department_sales": (ALL, ALL, ALL, ALL),
    "gold.household_value": (NONE, NONE, ALL, ALL),
    "gold.weekly_feedback": (ALL, ALL, ALL, ALL),
    "ops.quality_results": (NONE, NONE, "- measured", ALL),
    "ops.runs": (NONE, NONE, "- error reason", ALL),
    # What nobody's contract knows: a column that drifted in, and what a crawler found.
    "silver.products.surprise": (NONE, NONE, NONE, ALL),
    "discovered.store_public_products": (NONE, NONE, NONE, ALL),
}


def expected(cell: str, columns: tuple[str, ...]) -> set[str]:
    if cell == ALL:
        return set(columns)
    names = set(cell.removeprefix("- ").split())
    assert names <= set(columns)
    return set(columns) - names if cell.startswith("- ") else names


@pytest.mark.parametrize("persona", ["analyst", "bi_reader", "data_engineer", "privacy_officer"])
def test_each_persona_sees_what_is_written_here(persona: str) -> None:
    environment, manifest = load_environment(LAKE, "local"), compile_lake(LAKE)
    state = expected_state(environment, manifest)
    names = environment.names
    known = {f"{table.database.removeprefix('local_')}.{table.name}": table for table in state.tables}
    products = known["silver.products"]
    found = Table(database=names.discovered, name="store_public_products", columns=("product_id", "brand"))
    drifted = products.model_copy(update={"columns": (*products.columns, "surprise")})
    state = state.model_copy(update={"tables": (*(drifted if each == products else each for each in state.tables), found)})
    column = ["analyst", "bi_reader", "data_engineer", "privacy_officer"].index(persona)
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
