"""The documents lead somewhere: a link that is relative has a file behind it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path for path in subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
)


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_leads_to_a_file(page: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_the_readme_is_short_and_starts_with_a_picture_and_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    first = text.partition("\n## A first look")[0]
    assert "```mermaid" in first
    assert re.search(r"^make demo.*\nmake test", first, re.MULTILINE)
