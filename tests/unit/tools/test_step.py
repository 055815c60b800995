"""A step of the set-up is one line, and its log is at hand when it fails."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.test_rooms import ROOT


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository, in a folder of any name, with the scripts alone."""
    root = tmp_path / "Größe mit Leerzeichen"
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def ran(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **environment}
    return subprocess.run(
        ["tools/step.sh", *command], cwd=root, env=variables, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
    )


def test_a_step_that_ends_well_is_one_line(repository: Path) -> None:
    done = ran(repository, "x", "sh", "-c", "echo '[setup] x: three things' >&2; echo much else")
    assert done.returncode == 0
    assert done.stderr.startswith("  ✓ x: three things, ")
    assert (done.stderr.count("\n"), done.stdout) == (1, "")
    assert "much else" in (repository / ".tools" / "logs" / "x.log").read_text()


def test_a_step_that_fails_names_its_log_and_shows_its_end(repository: Path) -> None:
    done = ran(repository, "x", "sh", "-c", "seq 100; echo 'setup stopped: no Java' >&2; exit 3")
    assert done.returncode == 3
    first, *rest = done.stderr.splitlines()
    assert first.startswith("  ✗ x failed after ")
    assert f"{repository}/.tools/logs/x.log" in first
    assert rest[-1].strip() == "setup stopped: no Java"
    assert len(rest) == 15
    assert not list((repository / ".tools" / "under-way").iterdir())


def test_what_a_person_trusts_is_left_as_it_is(repository: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.pem"
    mine.write_text("x")
    shown = 'echo "[setup] $SSL_CERT_FILE|$REQUESTS_CA_BUNDLE|$NODE_EXTRA_CA_CERTS"'
    done = ran(repository, "x", "sh", "-c", shown, SSL_CERT_FILE=str(mine), NODE_EXTRA_CA_CERTS="/other.pem")
    assert f"{mine}|{mine}|/other.pem, " in done.stderr
