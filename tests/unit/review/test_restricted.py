"""A change that opens a restricted column is told until somebody has reviewed it."""

import json
from pathlib import Path

import pytest
import yaml

from medallion.manifest.errors import Invalid
from review.pull_request import access_markdown
from review.restricted import accept_review, access_file, against_review, read_review
from tests.unit.manifest.contracts_on_disk import GOVERNED, PERSONAS, Lake, assumed, with_personas


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose restricted columns are reviewed."""
    lake = with_personas(Lake(tmp_path / "acme"))
    lake.write()
    accept_review(lake.root)
    return lake


def told(lake: Lake) -> list[str]:
    lake.write()
    return [line for line in against_review(lake.root).splitlines() if line.startswith("- ")]


def personas(lake: Lake, **changes: object) -> None:
    changed = {**PERSONAS, **changes}
    (lake.root / "config" / "personas.yaml").write_text(json.dumps(changed))
    (lake.root / "config" / "dev.yaml").write_text(json.dumps({**GOVERNED, "personas": assumed(changed)}))


def test_what_was_reviewed_is_no_finding(lake: Lake) -> None:
    assert against_review(lake.root) == ""
    held = yaml.safe_load(access_file(lake.root).read_text())
    assert held["silver.orders"] == {"customer": {"class": "restricted", "seen_by": {"officer": "all rows"}}}
    assert held["discovered.(other tables)"] == {"(any column)": {"class": "restricted", "seen_by": {"officer": "all rows"}}}


def test_a_restricted_column_that_is_classed_otherwise_is_opened(lake: Lake) -> None:
    lake.column("silver/orders", "customer")["classification"] = "internal"
    # Masking it in the same release would not help: old snapshots have the values.
    now = "which is internal now in all its rows and snapshots"
    made = "and made from what is restricted"
    assert told(lake) == [
        f"- opens silver.orders.customer, {now} {made}: analyst (nothing → all rows)",
        f"- opens silver.orders.customer, {now} {made}: engineer (nothing → all rows)",
        # It sees nothing that it did not, but the contract says of values that were restricted that they are not.
        f"- opens silver.orders.customer, {now} {made}: officer (all rows → all rows)",
        f"- opens silver.orders__history.customer, {now}: analyst (nothing → all rows)",
        f"- opens silver.orders__history.customer, {now}: engineer (nothing → all rows)",
    ]
    assert "`make baseline`" in against_review(lake.root)
    assert len(accept_review(lake.root)) == 5
    assert told(lake) == []
    # It stays in the file: who sees more of it later is told too.
    personas(lake, reader={"description": "Readers", "layers": ["silver"], "classes": ["internal"]})
    assert f"- opens silver.orders.customer, which is internal {made}: reader (nothing → all rows)" in told(lake)


def test_a_column_that_is_more_open_than_what_it_is_made_from_is_told(lake: Lake) -> None:
    # A sum of what is confidential was there when the lake was first reviewed.
    held = yaml.safe_load(access_file(lake.root).read_text())["gold.turnover"]["total"]
    assert held == {"class": "internal", "made_from": "confidential", "seen_by": dict.fromkeys(PERSONAS, "all rows")}
    lake.table("silver/orders")["properties"].append(
        {"name": "initial", "logicalType": "string", "transformLogic": "left(customer, 1)", "classification": "internal"}
    )
    lake.column("bronze/orders", "customer")["classification"] = "restricted"
    assert "- opens silver.orders.initial, which is internal and made from what is restricted: analyst (nothing → all rows)" in told(lake)
    accept_review(lake.root)
    assert told(lake) == []
    # What is made from a reviewed one is as open, and a stricter origin is another thing to review.
    lake.files["shop/gold/turnover.sql"] = "SELECT customer, count(initial) AS total FROM orders GROUP BY customer"
    assert told(lake) == []
    lake.files["shop/gold/turnover.sql"] = "SELECT customer, count(customer) AS total FROM orders GROUP BY customer"
    assert "- opens gold.turnover.total, which is internal and made from what is restricted: analyst (all rows → all rows)" in told(lake)


def test_a_persona_that_may_see_restricted_columns_is_opened_all_of_them(lake: Lake) -> None:
    personas(lake, engineer={**PERSONAS["engineer"], "classes": ["restricted"]})
    opened = told(lake)
    assert "- opens silver.orders.customer: engineer (nothing → all rows)" in opened
    # Also where no contract has one yet.
    assert "- opens gold.(other tables).(any column): engineer (nothing → all rows)" in opened
    assert not any("discovered" in line for line in opened)


def test_a_new_restricted_column_and_other_rows_are_told(lake: Lake) -> None:
    lake.column("silver/orders", "changed_at")["classification"] = "restricted"
    assert "- opens silver.orders.changed_at: officer (nothing → all rows)" in told(lake)
    accept_review(lake.root)
    lake.table("silver/orders")["customProperties"].append({"property": "rowsFor", "value": {"officer": "id < 9"}})
    assert "- opens silver.orders.customer: officer (all rows → rows where id < 9)" in told(lake)


def test_a_persona_that_is_closed_out_must_be_reviewed_too_lest_it_come_back_unseen(lake: Lake) -> None:
    personas(lake, officer={**PERSONAS["officer"], "classes": ["public"]})
    lake.write()
    assert against_review(lake.root).startswith("Restricted columns that nobody sees more of are not as they were reviewed.")
    assert accept_review(lake.root) == ()
    personas(lake)
    assert "- opens silver.orders.customer: officer (nothing → all rows)" in told(lake)


def test_a_column_that_no_contract_names_any_more_stays_in_the_file(lake: Lake) -> None:
    for path in ("silver/orders", "gold/turnover"):
        properties = lake.table(path)["properties"]
        lake.table(path)["properties"] = [item for item in properties if item["name"] != "customer"]
    lake.column("gold/turnover", "total")["primaryKey"] = True
    lake.files["shop/gold/turnover.sql"] = "SELECT sum(total) AS total FROM orders"
    assert told(lake) == []
    accept_review(lake.root)
    lake.documents["silver/orders"]["schema"][0]["properties"].append(
        {"name": "customer", "logicalType": "string", "classification": "internal"}
    )
    assert any(line.startswith("- opens silver.orders.customer, which is internal now in all") and "analyst" in line for line in told(lake))


def test_a_lake_without_lake_formation_has_nothing_to_review(lake: Lake) -> None:
    (lake.root / "config" / "dev.yaml").write_text(json.dumps({**GOVERNED, "lake_formation": "off"}))
    access_file(lake.root).unlink()
    assert against_review(lake.root) == ""


def test_a_file_that_somebody_broke_is_an_error(lake: Lake) -> None:
    access_file(lake.root).write_text("silver.orders: {customer: {class: restricted}}")
    with pytest.raises(
        Invalid, match=r"access\.yaml: silver\.orders\.customer: must hold class and seen_by; write the file with `make baseline`"
    ):
        read_review(lake.root)


def test_the_page_of_a_pull_request_says_who_sees_more(lake: Lake, tmp_path: Path) -> None:
    base = with_personas(Lake(tmp_path / "base"))
    base.write()
    assert access_markdown(base.root, lake.root) == ""
    lake.column("silver/orders", "total")["classification"] = "public"
    lake.write()
    page = access_markdown(base.root, lake.root)
    assert "## Who sees which column\n\n**Opens**\n\n- silver.orders: total: analyst (no → yes)\n" in page


def test_a_base_that_this_release_cannot_read_is_told(lake: Lake, tmp_path: Path) -> None:
    base = with_personas(Lake(tmp_path / "base"))
    base.table("silver/orders")["customProperties"].append({"property": "gone", "value": 1})
    base.write()
    assert "What the base says can't be read by this release" in access_markdown(base.root, lake.root)
