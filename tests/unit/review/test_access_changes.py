"""What a reviewer is told of a change of who sees what in the sample lake; what its templates change is in tests/synth."""

from pathlib import Path

import pytest

from cli import main
from review.pull_request import access_markdown
from tests.sample_changes import CHANGES, changed

ALL = "analyst (no → yes), bi_reader (no → yes), data_engineer (no → yes), privacy_officer (no → yes)"
# Tables, for whom, and what of them.
TOLD = {
    "a new persona": ["Opens:", ("ops.quality_results", "auditor (no → yes)"), ("ops.runs", "auditor (no → yes)")],
    "a column reclassified": ["Opens:", ("silver.households", "analyst (no → yes)")],
    "a table added": ["Opens:", ("gold.departments", ALL)],
    "rows filtered": [
        "Closes:",
        ("silver.campaigns", "analyst (yes → rows where type = 'A')"),
        ("silver.campaigns__quarantine", "analyst (yes → no)"),
    ],
    "a row filter changed": ["Shows other rows:", ("silver.campaigns", "analyst (rows where type = 'A' → rows where type = 'B')")],
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_opens_and_closes_is_told(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = (changed(change, tmp_path / side) for side, change in zip(("before", "after"), CHANGES[name], strict=True))
    assert main.call(["--lake", str(after), "--env", "dev", "access", "diff", str(before)]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    told = [tuple(line.strip().split(": ")) for line in lines]
    assert [title, *((table, whom) for table, _, whom in told)] == TOLD[name]
    page = access_markdown(before, after).splitlines()
    assert [line.removeprefix("- ") for line in page if line.startswith("- ")] == [line.strip() for line in lines]
