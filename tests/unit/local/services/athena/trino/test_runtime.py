"""How Trino's JVM is started: with nothing of the caller's, and with a cache only of what it was made of."""

from pathlib import Path

import pytest

from local.services.athena.trino.files import Folder
from local.services.athena.trino.runtime import TrinoRuntime

FOLDER = Folder(Path("/home/athena"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    java = TrinoRuntime(tmp_path).java
    for file in (java, tmp_path / ".tools" / "trino" / "lib" / "a.jar"):
        file.parent.mkdir(parents=True)
        file.write_text("x")
    return tmp_path


def test_nothing_of_the_callers_reaches_the_aws_clients(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"):
        monkeypatch.setenv(name, "the caller's")
    assert "the caller's" not in TrinoRuntime(root).environment(FOLDER).values()
    assert TrinoRuntime(root).environment(FOLDER)["HOME"] == "/home/athena"


def test_it_listens_on_loopback_alone(root: Path) -> None:
    assert "-Dnode.bind-ip=127.0.0.1" in TrinoRuntime(root).command(FOLDER)


def test_a_cache_is_used_where_it_was_made_and_is_another_for_another_jar(root: Path) -> None:
    cache = TrinoRuntime(root).class_cache
    assert not [option for option in TrinoRuntime(root).command(FOLDER) if "AOT" in option]
    cache.write_text("x")
    assert f"-XX:AOTCache={cache}" in TrinoRuntime(root).command(FOLDER)
    (root / ".tools" / "trino" / "lib" / "b.jar").write_text("x")
    assert not [option for option in TrinoRuntime(root).command(FOLDER) if "AOT" in option]
