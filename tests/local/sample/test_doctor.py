"""`lake doctor` against a laptop: what it finds is true there, before a deployment and after."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.without_airflow import without_airflow
from cli.context import Context
from cli.doctor.command import examine
from review.assembly import synthesize
from tests.local.lake import ROOT, Lake
from tests.ports import free_port

SAMPLE = ROOT / "lakes" / "grocer"


@pytest.fixture(scope="module")
def fresh() -> Iterator[Lake]:
    """A laptop that is up and has nothing."""
    home = Path(tempfile.mkdtemp(prefix="laptop-"))
    lake = Lake(home, free_port(following=3), without_airflow(SAMPLE, home))
    try:
        lake.command("up", "--port", str(lake.port))
        yield lake
    finally:
        lake.command("down")
        shutil.rmtree(home)


@pytest.fixture(scope="module", autouse=True)
def synthesized_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is looked at in this process synthesizes a lake of the same content once."""
    assemblies: dict[str, Path] = {}

    def once(root: Path, environment: str, lake: Path, out: Path) -> Path:
        files = sorted(path for path in lake.rglob("*") if path.is_file())
        content = hashlib.sha256(repr([(path.relative_to(lake), path.read_bytes()) for path in files]).encode()).hexdigest()
        if content not in assemblies:
            assemblies[content] = synthesize(root, environment, lake, tmp_path_factory.mktemp("assembly"))
        return assemblies[content]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cli.doctor.patient.synthesize", once)
        yield


def told(lake: Lake, *, fails: bool = False) -> dict[str, dict[str, Any]]:
    """What the command tells, which ends with 1 if a check failed."""
    answer = lake.command("doctor", "--json", fails=fails)
    assert answer.code == int(fails)
    return {each["check"]: each for each in answer.json["checks"]}


def looked(lake: Lake, folder: Path | None = None, *, fails: bool = False) -> dict[str, dict[str, Any]]:
    """What is found, which the command would tell."""
    found = {check: asdict(verdict) for check, verdict in examine(Context(lake=folder or lake.folder, home=lake.home)).items()}
    assert any(each["level"] == "fail" for each in found.values()) == fails
    return found


@pytest.fixture(scope="module")
def found_empty(fresh: Lake) -> dict[str, dict[str, Any]]:
    """What is found of a laptop that is up and has nothing."""
    return looked(fresh)


def configured(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    folder = tmp_path / SAMPLE.name
    shutil.copytree(SAMPLE, folder)
    file = folder / "config" / "local.yaml"
    configuration = yaml.safe_load(file.read_text())
    change(configuration)
    file.write_text(yaml.safe_dump(configuration))
    return folder


def test_a_laptop_that_is_down_is_not_guessed_about(tmp_path: Path) -> None:
    found = looked(Lake(tmp_path, free_port(), SAMPLE))
    assert found["account"]["level"] == "can't tell"
    assert "lake up" in found["account"]["found"]
    assert found["names"]["level"] == "can't tell"
    assert found["node"]["level"] == found["templates"]["level"] == "ok"


def test_an_empty_laptop_is_ready_and_not_bootstrapped(found_empty: dict[str, dict[str, Any]]) -> None:
    found = found_empty
    assert {name: each["level"] for name, each in found.items() if each["level"] != "ok"} == {"bootstrap": "warn"}
    assert found["stacks"]["found"].startswith("0 of ")
    assert "nothing is deployed" in found["release"]["found"]


def test_no_name_of_a_lake_with_airflow_is_taken_on_an_empty_laptop(fresh: Lake) -> None:
    assert looked(fresh, SAMPLE)["names"]["level"] == "ok"


def test_the_idle_price_is_that_of_the_templates(found_empty: dict[str, dict[str, Any]]) -> None:
    network = yaml.safe_load((SAMPLE / "config" / "local.yaml").read_text())["network"]
    number = len(network["endpoints"]) * network["zones"]
    assert f"{number} interface endpoints x zones ${number * 7.30:.2f}" in found_empty["price"]["found"]


def test_a_name_that_another_has_is_found_before_the_deployment_fails(fresh: Lake) -> None:
    s3, bucket = fresh.client("s3"), "local-gold-111111111111-eu-west-1"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    sqs = fresh.client("sqs")
    queue = sqs.create_queue(QueueName="local-gate")["QueueUrl"]
    try:
        found = looked(fresh, fails=True)
    finally:
        s3.delete_bucket(Bucket=bucket)
        sqs.delete_queue(QueueUrl=queue)
    assert found["names"]["level"] == "fail"
    assert f"AWS::S3::Bucket {bucket}" in found["names"]["found"]
    assert "AWS::SQS::Queue local-gate" in found["names"]["found"]


def test_the_secret_of_a_source_is_looked_at_before_there_is_a_contract(fresh: Lake, tmp_path: Path) -> None:
    def real(configuration: dict[str, Any]) -> None:
        configuration["sources"]["store"] = {"engine": "postgres", "secret": "the/store"}

    lake = configured(tmp_path, real)
    shutil.rmtree(tmp_path / SAMPLE.name / "contracts")
    found = looked(fresh, lake, fails=True)
    assert found["templates"]["level"] == "fail"
    assert "secret the/store: does not exist" in found["secrets"]["found"]
    held = {"host": "127.0.0.1", "port": 1, "dbname": "d", "username": "u", "password": "p"}
    fresh.client("secretsmanager").create_secret(Name="the/store", SecretString=json.dumps(held))
    found = looked(fresh, lake, fails=True)
    assert (found["secrets"]["level"], found["databases"]["level"]) == ("ok", "fail")
    assert "127.0.0.1:1/d does not answer" in found["databases"]["found"]


def test_another_account_than_the_configured_one_is_refused(fresh: Lake, tmp_path: Path) -> None:
    lake = configured(tmp_path, lambda configuration: configuration.update(account="999999999999"))
    # Templates, which are not needed to see it, would take most of the time.
    shutil.rmtree(lake / "contracts")
    found = looked(fresh, lake, fails=True)
    assert found["account"]["level"] == "fail"
    assert found["account"]["found"] == "111111111111 answers, and 999999999999 is configured"
    assert (found["bootstrap"]["level"], found["bootstrap"]["found"]) == ("can't tell", "see account")


def test_what_cannot_be_synthesized_is_told_and_the_rest_goes_on(fresh: Lake, tmp_path: Path) -> None:
    lake = configured(tmp_path, lambda configuration: configuration.update(sources={}))
    found = told(Lake(fresh.home, fresh.port, lake), fails=True)
    assert found["templates"]["level"] == "fail"
    assert "is missing, which contracts read" in found["templates"]["found"]
    assert found["account"]["level"] == "ok"


def test_after_a_deployment_all_is_well(seeded: Lake) -> None:
    found = looked(seeded)
    assert {each["level"] for each in found.values()} == {"ok"}
    deployed, _, planned = found["stacks"]["found"].split()[:3]
    assert deployed == planned
    assert "is this checkout's" in found["release"]["found"]
