"""`lake aws-env` makes a shell's AWS clients talk to the laptop."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cli import main
from cli.laptop.aws_env import shell, variables
from local.settings import Settings


def test_a_shell_that_evaluates_it_has_the_laptops_key_and_none_of_its_own(tmp_path: Path) -> None:
    settings = Settings(tmp_path, 17999)
    own = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "t", "AWS_ENDPOINT_URL_S3": "https://elsewhere", "PATH": os.environ["PATH"]}
    lines = shell(*variables(settings, own))
    done = subprocess.run(["sh", "-euc", f"{lines}\nenv"], env=own, capture_output=True, text=True, check=True)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("AWS_"))
    assert seen == {**settings.root_credentials(), **settings.addresses()}


def test_values_reach_the_shell_as_they_are() -> None:
    value = 'it\'s $HOME `id` "x" ä'
    done = subprocess.run(["sh", "-c", f'{shell({"A": value}, [])}\nprintf %s "$A"'], capture_output=True, text=True, check=True)
    assert done.stdout == value


def test_a_program_reads_the_same_as_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_PORT", "1")
    assert main.call(["aws-env", "--json"]) == 0
    shown = capsys.readouterr()
    exported = json.loads(shown.out)["export"]
    assert exported["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert exported["AWS_ACCESS_KEY_ID"] == Settings(tmp_path).root_credentials()["AWS_ACCESS_KEY_ID"]
    assert "lake up" in shown.err


def test_it_is_for_the_laptop_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.call(["--env", "dev", "aws-env"]) == 2
    assert "AWS_SECRET" not in capsys.readouterr().out
