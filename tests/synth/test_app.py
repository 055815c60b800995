"""The application as the CDK's command line starts it."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.synth.assembly import OURS, ROOT


def run(
    out: Path, *, env: str | None = None, lake: str | None = None, lake_variable: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_", "LAKE"))}
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        # No proxy leads anywhere, so whatever would use the network fails.
        env={
            **environment,
            **({"LAKE": lake_variable} if lake_variable else {}),
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps({key: value for key, value in {"env": env, "lake": lake}.items() if value}),
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def refused(outcome: subprocess.CompletedProcess[str]) -> str:
    assert outcome.returncode == 2, outcome.stderr
    assert "Traceback" not in outcome.stderr
    return outcome.stderr.strip()


def content(directory: Path) -> dict[str, str]:
    return {str(p.relative_to(directory)): sha256(p.read_bytes()).hexdigest() for p in sorted(directory.rglob("*")) if p.is_file()}


def test_two_syntheses_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        outcome = run(tmp_path / folder, env="dev")
        assert outcome.returncode == 0, outcome.stderr
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_without_an_environment_the_choices_are_told(tmp_path: Path) -> None:
    message = refused(run(tmp_path))
    assert all(name in message for name in OURS)
    assert len(message.splitlines()) == 1


def test_an_unknown_environment_is_refused_with_the_valid_ones(tmp_path: Path) -> None:
    message = refused(run(tmp_path, env="nope"))
    assert "'nope' is not one of dev, local, prod, stage" in message


@pytest.mark.parametrize(
    ("field", "said"),
    [
        pytest.param("removal: sometimes", "retain", id="a wrong value"),
        pytest.param("regoin: eu-west-1", "regoin", id="a misspelt field"),
        pytest.param("scan_limit_bytes: 5", "scan_limit_bytes", id="a number out of range"),
    ],
)
def test_a_wrong_field_is_told_with_its_file(field: str, said: str, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    (lake / "config").mkdir(parents=True)
    usual = (ROOT / "tests/synth/lake/config/minimal.yaml").read_text()
    (lake / "config" / "dev.yaml").write_text(f"{usual}{field}\n")
    given, set_before = run(tmp_path / "out", env="dev", lake=str(lake)), run(tmp_path / "out", env="dev", lake_variable=str(lake))
    for message in (refused(given), refused(set_before)):
        assert "dev.yaml" in message
        assert said in message
