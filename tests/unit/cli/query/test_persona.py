"""A persona is one of the lake's, and of a lake that Lake Formation governs."""

import shutil
from pathlib import Path

import pytest

from cli.context import Context
from cli.query.persona import session_of
from cli.terminal.failures import Refused, Unreachable

GROCER = Path(__file__).parents[4] / "lakes" / "grocer"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The sample's configuration."""
    shutil.copytree(GROCER / "config", tmp_path / "config")
    return tmp_path


def test_a_persona_that_the_lake_has_not_is_refused_with_those_that_it_has(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"--as annalyst: .*personas\.yaml has analyst, bi_reader, data_engineer, privacy_officer"):
        session_of(Context(lake=lake, home=tmp_path), "annalyst")


def test_a_lake_that_is_not_governed_has_no_personas(lake: Path, tmp_path: Path) -> None:
    file = lake / "config" / "local.yaml"
    kept = file.read_text().replace("lake_formation: manage", "lake_formation: off")
    file.write_text(kept.partition("personas:")[0] + kept.partition("privacy_officer:")[2].partition("\n")[2])
    with pytest.raises(Refused, match="local has no personas, as its lake_formation is off"):
        session_of(Context(lake=lake, home=tmp_path), "analyst")


def test_a_laptop_that_is_down_is_told(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="run `lake up` first"):
        session_of(Context(lake=lake, home=tmp_path), "analyst")
