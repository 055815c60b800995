"""The jars are the locked ones, byte for byte, or the set-up stops."""

import hashlib
from pathlib import Path

import pytest

from tools import jars


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that holds just what a lock of two jars says."""
    lock = tmp_path / "tools" / "jars.sha256"
    lock.parent.mkdir()
    lock.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("a.jar", "b.jar")))
    monkeypatch.setattr(jars, "ROOT", tmp_path)
    monkeypatch.setattr(jars, "LOCK", lock)
    found = tmp_path / "jars"
    found.mkdir()
    for name in ("a.jar", "b.jar"):
        (found / name).write_text(name)
    return found


def test_the_locked_jars_differ_in_nothing(folder: Path) -> None:
    assert jars.differences(folder) == []


def test_a_missing_an_unknown_and_a_changed_jar_are_told_apart(folder: Path) -> None:
    (folder / "a.jar").unlink()
    (folder / "b.jar").write_text("something else")
    (folder / "c.jar").write_text("c")
    assert jars.differences(folder) == [
        "a.jar is missing",
        "c.jar is not in tools/jars.sha256",
        "b.jar has another SHA-256 than locked",
    ]


def test_every_jar_that_is_asked_for_is_locked_in_its_version() -> None:
    asked = [line.split(":") for line in jars.COORDINATES.read_text().splitlines() if line and line[0] not in "#-"]
    assert asked
    assert {f"{group}_{name}-{version}.jar" for group, name, version in asked} <= jars.locked().keys()
