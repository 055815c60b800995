"""Who sees what of the sample lake, written by hand: what is compiled, evaluated and answered must be this."""

from collections.abc import Iterable

PERSONAS = ("analyst", "bi_reader", "data_engineer", "privacy_officer")
ALL, NONE = "all", ""
REFUSED = "_input_snapshot_id _run_id _rules _quarantined_at _ingested_at"
# Of each table: what each persona sees. `all` is every column; `- x` all but x.
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


def expected(cell: str, known: Iterable[str]) -> set[str]:
    """The columns of a table that a persona sees, of those that there are."""
    columns = set(known)
    if cell == ALL:
        return columns
    names = set(cell.removeprefix("- ").split())
    assert names <= columns
    return columns - names if cell.startswith("- ") else names
