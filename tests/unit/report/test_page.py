"""What a reader finds on the page, and what nobody may find there."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from medallion.manifest.access.matrix import expected_matrix
from medallion.manifest.environment import CreatedNetwork, Environment
from medallion.manifest.model import CLASSIFICATIONS, Manifest, Persona
from report.facts import Facts, Point, Refusal, RefusedRow, RuleResult
from report.page import page
from report.picture import BARS, pictures
from report.story import story
from tests.unit.report.lake import ALL_WELL, DAILY, NAMES, NOW, SHOP, column, facts, job, ran

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x00\u202e"
THERE = frozenset({"dev_gold.daily", "dev_silver.people__quarantine", "dev_ops.runs"})


class Read(HTMLParser):
    """The elements of a page, whether they are nested rightly, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text.append(data)

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def text(given: Facts) -> str:
    return re.sub(r"\s+", " ", " ".join(Read(page(given)).text))


def full() -> Facts:
    row = {"id": 7, "city": "Ulm", "email": "ada@example.org", "notes": "a secret", "phone": "0731 1", "address": {"street": "Main"}}
    first, second = pictures(SHOP, NAMES, THERE)
    return facts(
        there=THERE,
        runs=ALL_WELL,
        checks=(RuleResult(run_id="run-1", table="dev_silver.people", rule="city.required", checked=12, failed=2, checked_at=NOW),),
        refusals=(Refusal(table="people", rule="city.required", rows=2, examples=(RefusedRow(row=json.dumps(row), refused_at=NOW),)),),
        quarantined={"people": 2},
        points=(
            Point(picture=first.number, at="2026-01-01", value=10),
            Point(picture=first.number, at="2026-01-02", value=25.5),
            *(Point(picture=second.number, at=f"city {number}", value=number) for number in range(BARS + 1)),
        ),
    )


def test_the_page_begins_with_what_came_in_and_what_was_refused() -> None:
    shown = Read(page(full()))
    assert [tag for tag, _ in shown.elements].count("h1") == 1
    assert "12 rows came in, 2 were refused." in shown.text
    told = text(full())
    assert "people has 2 rows in quarantine city.required: 2 rows" in told
    assert "revenue over time" in told
    assert "the 10 greatest" in told
    assert told.index("To look at") < told.index("Each table of the newest run")


def test_only_values_of_public_and_internal_columns_are_on_the_page() -> None:
    html = page(full())
    assert "Ulm" in html
    for hidden in ("ada@example.org", "a secret", "0731", "Main"):
        assert hidden not in html
    assert html.count(">hidden<") == 4


def test_a_row_of_a_table_that_the_contracts_know_no_more_is_not_shown() -> None:
    given = full().model_copy(update={"manifest": Manifest(lake="shop", products=())})
    assert "Ulm" not in page(given)


@pytest.mark.parametrize("row", ["", "not JSON: ada@example.org", '["ada@example.org"]', '"ada@example.org"'])
def test_what_is_no_row_is_not_shown(row: str) -> None:
    given = facts(refusals=(Refusal(table="people", rule="r", rows=1, examples=(RefusedRow(row=row, refused_at=NOW),)),))
    assert "ada@example.org" not in page(given)
    assert "No example can be shown." in page(given)


def test_an_unexpected_error_is_told_without_the_values_that_it_quotes() -> None:
    spark = "SparkNumberFormatException: [CAST_INVALID_INPUT] The value 'ada@example.org' of the type \"STRING\" cannot be cast"
    ours = "dev_gold.daily: the audit failed: 'x' is twice; SELECT * FROM branch"
    html = page(facts(runs=(ran("refine", "silver.people", "failed", error=spark), ran("aggregate", "gold.daily", "failed", error=ours))))
    assert "ada@example.org" not in html
    assert "CAST_INVALID_INPUT" in html
    assert "&#x27;x&#x27; is twice" in html


def test_the_page_says_as_whom_athena_was_asked_and_what_that_leaves_out() -> None:
    told = text(full().model_copy(update={"persona": "engineer", "hidden": ("ops.runs.error", "silver.people__quarantine._row")}))
    assert "Athena was asked as engineer, who does not see ops.runs.error, silver.people__quarantine._row." in told
    assert "Athena was asked as" not in text(full())


def test_hostile_text_stays_text() -> None:
    row = json.dumps({"id": 7, "city": HOSTILE, HOSTILE: HOSTILE})
    picture = pictures(SHOP, NAMES, THERE)[1]
    hostile = DAILY.model_copy(update={"description": HOSTILE, "columns": (*DAILY.columns, column(HOSTILE))})
    manifest = SHOP.model_copy(
        update={"products": (SHOP.products[0].model_copy(update={"tables": (*SHOP.products[0].tables[:2], hostile)}),)}
    )
    given = facts(
        environment=HOSTILE,
        manifest=manifest,
        there=THERE,
        runs=(ran("refine", f"silver.{HOSTILE}", "failed", run=HOSTILE, error=HOSTILE, reason=HOSTILE),),
        checks=(RuleResult(run_id=HOSTILE, table=HOSTILE, rule=HOSTILE, checked=1, failed=1, checked_at=NOW, severity="warning"),),
        refusals=(Refusal(table="people", rule=HOSTILE, rows=2, examples=(RefusedRow(row=row, refused_at=NOW),)),),
        jobs=(job("refine", "FAILED", error=HOSTILE, run_id="another"),),
        points=(Point(picture=picture.number, at=HOSTILE, value=1),),
    )
    html = page(given)
    shown = Read(html)
    assert len(shown.all("script")) == 1
    assert shown.all("img") == []
    assert not [name for _, attributes in shown.elements for name in attributes if name.startswith("on")]
    assert "\x00" not in html
    assert "\u202e" not in html
    assert "<script>alert(1)" in "".join(shown.text)


def test_nothing_is_fetched_when_the_page_is_opened() -> None:
    html = page(full())
    shown = Read(html)
    links = [value for _, attributes in shown.elements for name, value in attributes.items() if name in {"href", "src", "srcset", "action"}]
    assert links
    assert all(link is not None and link.startswith("#") for link in links)
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    # Styles of single elements are refused by the page's own policy.
    assert not [attributes for _, attributes in shown.elements if "style" in attributes]


def test_every_link_leads_to_a_part_of_the_page_and_every_picture_and_table_has_a_name() -> None:
    shown = Read(page(full()))
    ids = [attributes["id"] for _, attributes in shown.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(link["href"])[1:] for link in shown.all("a")} <= set(ids)
    assert all(picture.get("aria-label") or picture.get("aria-hidden") for picture in shown.all("svg"))
    assert len(shown.all("caption")) == len(shown.all("table"))
    assert all(head.get("scope") for head in shown.all("th"))


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        pytest.param(
            facts(manifest=Manifest(lake="bare", products=())), "This lake has no contracts, so there is nothing in it.", id="no contracts"
        ),
        pytest.param(facts(), "Nothing has run yet: the lake is empty.", id="nothing has run"),
        pytest.param(facts(jobs=(job("ingest-crm", "FAILED"),)), "The only runs so far failed before they wrote anything.", id="died"),
        pytest.param(facts(runs=ALL_WELL), "12 rows came in, 2 were refused.", id="all well"),
        pytest.param(
            facts(runs=(ran("refine", "silver.people", "failed", error="no"), ran("ingest", "bronze.crm__people", rows={"read": 1}))),
            "1 table failed in the newest run. 1 row came in, none was refused.",
            id="failed",
        ),
    ],
)
def test_every_lake_has_a_page_that_says_how_it_is(given: Facts, headline: str) -> None:
    assert headline in text(given)


FAILED = ran("refine", "silver.people", "failed", error="the source is broken", ago=60)


@pytest.mark.parametrize(
    ("jobs", "problems"),
    [
        pytest.param((), ["dev_silver.people failed"], id="nothing since"),
        pytest.param((job("refine", "SUCCEEDED", ago=30),), [], id="ended well since, with nothing new"),
        pytest.param((job("refine", "SUCCEEDED", ago=90),), ["dev_silver.people failed"], id="ended well before"),
        pytest.param((job("refine", "SUCCEEDED", tables=("other",)),), ["dev_silver.people failed"], id="of another table"),
        pytest.param((job("refine", "SUCCEEDED", decision=True),), ["dev_silver.people failed"], id="a person's decision"),
        pytest.param((job("refine", "FAILED", run_id="run-1", ago=60),), ["dev_silver.people failed"], id="told once"),
        pytest.param(
            (job("ingest-crm", "FAILED", run_id="run-1"),), ["dev-ingest-crm failed", "dev_silver.people failed"], id="a job that died"
        ),
    ],
)
def test_a_failure_stands_until_its_job_ended_well(jobs: tuple[Any, ...], problems: list[str]) -> None:
    assert sorted(problem.what for problem in story(facts(runs=(FAILED,), jobs=jobs)).problems) == problems


def test_tables_that_were_skipped_are_told_once() -> None:
    skipped = [ran("refine", "silver.people", "skipped"), ran("aggregate", "gold.daily", "skipped")]
    first, second = story(facts(runs=(*skipped, ran("ingest", "bronze.crm__people", "failed", error="gone")))).problems
    assert (first.what, second.what) == ("dev_bronze.crm__people failed", "2 tables skipped")


def test_the_last_attempt_at_a_table_counts() -> None:
    told = story(facts(runs=(ran("refine", "silver.people", ago=10, rows={"read": 3, "merged": 3}), FAILED)))
    assert told.headline == "0 rows came in, none was refused."
    assert told.problems == ()


def test_the_script_is_plain_and_complete() -> None:
    script = (Path(__file__).parents[3] / "report" / "page.js").read_text()
    # It stands inside the page, so it may not end its own element.
    assert "</" not in script


def test_the_page_says_who_sees_which_column() -> None:
    people = (
        Persona(name="analyst", description="Analysts of the shop", layers=("silver",), classes=("public", "internal")),
        Persona(name="officer", description="Officers", layers=("silver",), classes=CLASSIFICATIONS),
    )
    environment = Environment(
        name="dev", account=NAMES.account, region=NAMES.region, prefix="dev", network=CreatedNetwork(mode="create"), sources={}
    )
    governed = SHOP.model_copy(update={"personas": people})
    told = text(facts(manifest=governed, access=expected_matrix(environment, governed)))
    assert "Who sees what" in told
    assert "analyst Analysts of the shop" in told
    assert "silver people analyst 4 of 6 · officer all" in told
    assert "email confidential no yes" in told
    assert "Who sees what" not in text(full())
