"""A saved query is found by its name and asked alone."""

from pathlib import Path

import pytest

from cli import main
from cli.context import Context
from cli.query.saved import Saved, one, saved_query
from cli.terminal.failures import Refused


def test_another_name_is_refused_with_those_that_there_are() -> None:
    saved = [Saved(name, "gold", "SELECT 1") for name in ("Turnover", "Returns", "Turnover")]
    with pytest.raises(Refused, match=r"--saved turnover: is none of 'Returns', 'Turnover'; did you mean 'Turnover'\?"):
        one(saved, "turnover", "analyst")
    with pytest.raises(Refused, match=r"analyst has no saved queries; a lake's are in queries/\*\.sql, and `lake deploy` saves them"):
        one([], "Turnover", "analyst")


@pytest.mark.parametrize("more", [["SELECT 1"], ["--file", "a.sql"]], ids=["a statement", "a file"])
def test_a_saved_query_is_asked_alone(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.call(["query", "--saved", "Turnover", *more]) == 2
    assert "or --saved NAME; not two of them" in capsys.readouterr().err


def test_a_lake_that_is_not_governed_has_no_saved_queries(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(
        "account: '111111111111'\nregion: eu-west-1\nnetwork: {mode: create}\nsources: {}\n", encoding="utf-8"
    )
    with pytest.raises(Refused, match="--saved Turnover: local has no personas, as its lake_formation is off, and so no saved queries"):
        saved_query(Context(lake=tmp_path, home=tmp_path), "Turnover", None)
