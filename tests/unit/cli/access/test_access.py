"""`lake access`: who sees which column, why, and what a change opens."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cli import main
from cli.access.differences import in_words
from medallion.manifest.access.drift import Finding
from review.restricted import accept_review
from tests.unit.manifest.contracts_on_disk import GOVERNED, PERSONAS, Lake, assumed, column, contract, with_personas


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return with_personas(Lake(tmp_path / "acme"))


def call(capsys: pytest.CaptureFixture[str], lake: Lake, *arguments: str) -> tuple[int, str, str]:
    lake.write()
    code = main.call(["--lake", str(lake.root), "--env", "dev", "access", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def document(capsys: pytest.CaptureFixture[str], lake: Lake, *arguments: str) -> Any:
    code, out, err = call(capsys, lake, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True)


def committed(lake: Lake) -> Lake:
    lake.write()
    git(lake.root, "init", "--initial-branch=main")
    git(lake.root, "add", ".")
    git(lake.root, "commit", "-m", "Begin")
    return lake


def test_each_table_says_how_much_each_persona_sees(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    code, out, _ = call(capsys, lake)
    assert code == 0
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines() if "." in line and "other" not in line}
    assert rows["bronze.shop__orders"] == "none 5 of 6 all"
    assert rows["silver.orders"] == "4 of 6 5 of 6 all"
    assert rows["gold.turnover"] == "1 of 2 1 of 2 all"
    assert "discovered.(other tables)" in out


def test_the_columns_of_one_table(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    _, out, _ = call(capsys, lake, "--table", "silver.orders")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith((" customer", " total"))}
    assert rows == {"customer": ["restricted", "no", "no", "yes"], "total": ["confidential", "no", "yes", "yes"]}


def test_programs_get_every_cell(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    lake.table("silver/orders")["customProperties"].append({"property": "rowsFor", "value": {"engineer": "id < 9"}})
    found = document(capsys, lake)
    assert (found["environment"], found["personas"]) == ("dev", ["analyst", "engineer", "officer"])
    columns = {column["column"]: column for table in found["tables"] if table["table"] == "silver.orders" for column in table["columns"]}
    assert columns["total"] == {
        "column": "total",
        "class": "confidential",
        "access": {
            "analyst": {"answer": "no", "rows": []},
            "engineer": {"answer": "rows", "rows": ["id < 9"]},
            "officer": {"answer": "yes", "rows": []},
        },
    }


def test_an_explanation_names_the_tag_that_a_grant_does_not_match(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    _, out, _ = call(capsys, lake, "explain", "engineer", "orders.customer")
    layers, classes = "dev-layer is bronze or silver or gold or ops", "dev-class is public or internal or confidential"
    assert out.splitlines() == [
        "engineer does not see silver.orders.customer",
        "  class: contracts/shop/silver/orders.yaml, classification of customer",
        "  tag: dev-class = restricted (of the database)",
        "  tag: dev-layer = silver (of the database)",
        f"  grant: SELECT where {layers} and {classes}: does not, dev-class is restricted",
    ]


def test_an_explanation_of_rows_names_the_filter(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    lake.table("silver/orders")["customProperties"].append({"property": "rowsFor", "value": {"engineer": "id < 9"}})
    found = document(capsys, lake, "explain", "engineer", "silver.orders.total")
    assert found["answer"] == "rows where id < 9"
    by_tags, by_filter = sorted(found["verdicts"], key=lambda verdict: bool(verdict["gives"]))
    assert by_tags["because"] == "dev-rows-engineer is filtered"
    assert by_filter["because"] == "rows where id < 9"
    assert "dev_silver.orders" in by_filter["grant"]
    assert {"key": "dev-class", "value": "confidential", "origin": "column"} in found["tags"]
    closed = document(capsys, lake, "explain", "engineer", "bronze.shop__orders.total")
    assert closed["answer"] == "no"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("explain", "analist", "orders.id"), "'analist' is no persona; there are analyst, engineer, officer; did you mean 'analyst'?"),
        (
            ("explain", "analyst", "orders.idd"),
            "'orders.idd': there is no such column; orders has id, customer, total, changed_at, _run_id",
        ),
        (("explain", "analyst", "order.id"), "'order.id' is no TABLE.COLUMN of the lake; `lake access` lists its tables"),
        (("--table", "order"), "'order' is no table of the lake; `lake access` lists them"),
    ],
    ids=["a persona", "a column", "a table of a column", "a table"],
)
def test_what_is_not_there_is_refused(capsys: pytest.CaptureFixture[str], lake: Lake, arguments: tuple[str, ...], problem: str) -> None:
    code, _, err = call(capsys, lake, *arguments)
    assert code == 2
    assert problem in err


def test_a_lake_that_leaves_access_to_iam_says_so(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    (lake.root / "config" / "dev.yaml").write_text(json.dumps({**GOVERNED, "lake_formation": "off", "personas": {}}))
    code, _, err = call(capsys, lake)
    assert code == 2
    assert "config/dev.yaml: lake_formation: is off, so that IAM alone decides who sees what; set it to manage or adopt" in err
    (lake.root / "config" / "personas.yaml").unlink()
    assert "the lake has no personas; write " in call(capsys, lake)[2]


def test_nothing_changed(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    assert call(capsys, committed(lake), "diff", "HEAD")[:2] == (0, "Everybody sees what they see at HEAD.\n")


def test_a_diff_tells_for_whom_what_opens_and_closes(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    committed(lake)
    lake.column("silver/orders", "customer")["classification"] = "internal"
    lake.column("silver/orders", "id")["classification"] = "restricted"
    _, out, _ = call(capsys, lake, "diff", "main")
    assert out.splitlines() == [
        "Opens:",
        "  silver.orders: customer: analyst (no → yes), engineer (no → yes)",
        "  silver.orders__history: customer: analyst (no → yes), engineer (no → yes)",
        "Closes:",
        "  bronze.shop__orders: id: engineer (yes → no)",
        "  silver.orders: id: analyst (yes → no), engineer (yes → no)",
        "  silver.orders__history: id: analyst (yes → no), engineer (yes → no)",
    ]


def test_a_diff_sees_personas_filters_and_tables_come_and_go(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    lake.table("silver/orders")["customProperties"].append({"property": "rowsFor", "value": {"engineer": "id < 9"}})
    committed(lake)
    lake.table("silver/orders")["customProperties"][-1]["value"] = {"engineer": "id < 10"}
    more = {**PERSONAS, "reader": {"description": "Readers", "layers": ["gold"], "classes": ["internal"]}}
    del more["officer"]
    (lake.root / "config" / "personas.yaml").write_text(json.dumps(more))
    (lake.root / "config" / "dev.yaml").write_text(json.dumps({**GOVERNED, "personas": assumed(more)}))
    changes = document(capsys, lake, "diff", "HEAD")["changes"]
    assert {"place": "gold.turnover.total", "persona": "reader", "before": "no", "after": "yes", "kind": "opens"} in changes
    rows = {"persona": "engineer", "before": "rows where id < 9", "after": "rows where id < 10", "kind": "rows"}
    assert {"place": "silver.orders.total", **rows} in changes
    assert {(change["persona"], change["kind"]) for change in changes} == {("reader", "opens"), ("engineer", "rows"), ("officer", "closes")}


def test_a_diff_sees_a_table_that_is_added(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    committed(lake)
    lake.documents["gold/latest"] = contract(
        "latest", column("customer", logicalType="string", primaryKey=True), column("day", logicalType="date", classification="internal")
    )
    lake.files["shop/gold/latest.sql"] = "SELECT customer, to_date(max(changed_at)) AS day FROM orders GROUP BY customer"
    _, out, _ = call(capsys, lake, "diff", "HEAD")
    assert out.splitlines() == [
        "Opens:",
        "  gold.latest: customer: officer (no → yes)",
        "  gold.latest: day: analyst (no → yes), engineer (no → yes), officer (no → yes)",
    ]


def test_a_check_fails_until_what_it_opens_was_reviewed(capsys: pytest.CaptureFixture[str], lake: Lake) -> None:
    code, out, _ = call(capsys, lake, "check")
    assert code == 1
    assert "- opens silver.orders.customer: officer (nothing → all rows)" in out
    accept_review(lake.root)
    assert call(capsys, lake, "check")[:2] == (0, "Restricted columns are as they were reviewed.\n")
    assert document(capsys, lake, "check") == {"reviewed": True, "told": []}


def test_findings_of_an_account_are_told_by_kind() -> None:
    found = [
        Finding(kind="opens", who="analyst", place="silver.orders.id", detail="yes, and no by the contracts"),
        Finding(kind="by hand", who="arn:stranger", place="acme_silver.orders", detail="SELECT"),
    ]
    assert in_words(tuple(found)) == [
        "Sees more:",
        "  analyst: silver.orders.id: yes, and no by the contracts",
        "Granted by hand:",
        "  arn:stranger: acme_silver.orders: SELECT",
    ]
