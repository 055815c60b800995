"""The page of a lake on a laptop agrees with what its runs and Athena say."""

import re
from typing import Any

from tests.local.lake import Lake


def test_the_page_agrees_with_the_record_of_runs_and_the_quarantines(lake: Lake, first_run: dict[str, Any]) -> None:
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
