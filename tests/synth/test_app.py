"""The application as the CDK's command line starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from aws_cdk import App, Stack

import app
from medallion.manifest.configuration import load_environment
from tests.synth.assembly import OURS, ROOT, manifest_of_one_source


def run(
    out: Path, *, env: str | None = None, lake: str | None = None, lake_variable: str | None = None, wrapper: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "CDK_", "LAKE"))}
    return subprocess.run(
        [*wrapper, sys.executable, "app.py"],
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


def without_a_network() -> list[str]:
    """What to begin a command with so that it has no network at all; nothing where the machine's kernel does not allow that."""
    wrapper = ["unshare", "--map-root-user", "--net"]
    try:
        return wrapper if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode == 0 else []
    except FileNotFoundError:
        return []


@pytest.mark.full_size
@pytest.mark.parametrize("name", ["dev", "stage", "prod"])
def test_two_syntheses_without_a_network_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        outcome = run(tmp_path / folder, env=name, wrapper=without_a_network())
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
    message = refused(run(tmp_path / "out", env="dev", lake=str(lake)))
    assert "dev.yaml" in message
    assert said in message


def test_a_lake_that_the_call_names_wins_over_the_variable_even_where_it_is_the_usual_one(tmp_path: Path) -> None:
    message = refused(run(tmp_path / "out", env="nope", lake="lakes/grocer", lake_variable=str(tmp_path)))
    assert "lakes/grocer/config: 'nope' is not one of dev, local, prod, stage" in message


def test_the_variable_s_lake_wins_over_the_usual_one(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(run(tmp_path / "out", env="nope", lake_variable=str(tmp_path)))


def test_what_the_cdk_refuses_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def twice(scope: App, **_: object) -> None:
        Stack(scope, "Same")
        Stack(scope, "Same")

    # The CDK's own process may have begun with an earlier test, and has not this one's variables.
    monkeypatch.setattr(app, "settings", lambda _: (load_environment(ROOT / "lakes" / "grocer", "dev"), manifest_of_one_source()))
    monkeypatch.setattr(app, "saved_queries", lambda *_: ())
    monkeypatch.setattr(app, "compose", twice)
    assert app.main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("the CDK refuses this configuration: ")
    assert "There is already a Construct with name 'Same'" in line
