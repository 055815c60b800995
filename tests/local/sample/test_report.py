"""The page of a lake on a laptop agrees with what its runs and Athena say."""

import json
import re
from html import unescape
from typing import Any

from tests.local.lake import Lake


def test_the_page_agrees_with_the_record_of_runs_the_quarantines_and_the_truth(
    lake: Lake, first_run: dict[str, Any], sources: dict[str, Any]
) -> None:
    answer = lake.command("report", "--out", "report.html", "--json").json
    html = (lake.home / "report.html").read_text()
    assert answer["report"] == str(lake.home / "report.html")
    # One of each product.
    assert len(answer["runs"]) == 3
    newest = [row for run in answer["runs"] for row in lake.command("runs", "show", run, "--json").json]
    assert answer["came_in"] == sum(row["read"] or 0 for row in newest if row["step"] == "ingest")
    assert answer["refused"] == sum(row["quarantined"] or 0 for row in newest if row["step"] == "refine")
    assert answer["failed"] == []
    assert answer["headline"] in html
    assert first_run["run_id"] in html
    for refused in lake.command("quarantine", "list", "--json").json:
        assert re.search(rf"<code>{re.escape(refused['rule'])}</code><span class=\"count\">{refused['rows']:,} rows?</span>", html)
    assert "net_sales over time" in html
    # The households and baskets of these columns lead to persons.
    closed = [example for example in re.findall(r"<caption>Rows that broke .*?</table>", html) if ">household_id<" in example]
    assert all(example.count(">hidden<") >= 2 for example in closed)
    _is_right_about_the_letters(lake, html, sources["mail"]["letters"]["documents"])
    hides_what_is_restricted(lake, unescape(html))


def hides_what_is_restricted(lake: Lake, html: str) -> None:
    """The page was asked for as the engineer, and has nothing that tells who a household is."""
    (asked,) = re.findall(r"Athena was asked as data_engineer, who does not see ([^<]*)\.<", html)
    assert {"ops.runs.error", "ops.runs.reason", "silver.households__quarantine._row", "bronze.reader__feedback._refused"} <= {
        *asked.split(", ")
    }
    kept = lake.query("SELECT email, phone, CAST(card_number AS varchar) AS card FROM local_silver.households")
    quarantined = lake.query("SELECT _row FROM local_silver.households__quarantine")
    raw = [json.loads(refused["_row"]) for refused in quarantined]
    restricted = {str(row[name]) for row in kept for name in row} | {
        str(row.get(name)) for row in (each | (each.get("contact") or {}) for each in raw) for name in ("email", "phone", "cardNumber")
    }
    restricted -= {"None", ""}
    assert len(restricted) > len(kept)
    assert not [value for value in restricted if value in html]


def _is_right_about_the_letters(lake: Lake, html: str, truth: dict[str, Any]) -> None:
    asked = re.search(r"([\d,]+) documents: ([\d,]+) with records, ([\d,]+) without, ([\d,]+) refused\.", html)
    assert asked
    documents, having, lacking, refused = (int(number.replace(",", "")) for number in asked.groups())
    bronze = "local_bronze.reader__feedback"
    assert documents == having + lacking + refused == lake.one(f"SELECT count(DISTINCT document_id) AS n FROM {bronze}")["n"]
    assert having == lake.one(f"SELECT count(DISTINCT document_id) AS n FROM {bronze} WHERE NOT _is_deleted AND _refused IS NULL")["n"]
    assert "reader (provider local) is asked about mail__letters" in html
    assert ">no price<" in html
    assert "topic over time: records by week, by happened_on" in html
    # Each record that the seed knows of was found or was not.
    compared = re.search(r"([\d,]+) documents?: ([\d,]+) records? found, ([\d,]+) not found", html)
    assert compared
    letters, found, lost = (int(number.replace(",", "")) for number in compared.groups())
    assert letters == len(truth)
    assert found + lost == sum(len(letter["records"]) for letter in truth.values())
    (fields,) = re.findall(r"<caption>Fields of reader__feedback as .*?</table>", html)
    lines = {
        name: [int(cell) for cell in re.findall(r">([\d,]+)</td>", cells)]
        for name, cells in re.findall(r"<code>(\w+)</code></th>(.*?)</tr>", fields)
    }
    assert {"topic", "store_id", "wants_reply"} <= lines.keys()
    assert all(sum(counts) == found for counts in lines.values())
    letters_of = lake.query("SELECT substr(text, 1, 60) AS begins FROM local_bronze.mail__letters WHERE length(text) > 60")
    assert letters_of
    assert not [row for row in letters_of if row["begins"] in unescape(html)]
