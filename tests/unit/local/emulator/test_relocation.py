"""A laptop's state follows it to another port and another folder, and leaves alone what is not the laptop's."""

import json
from pathlib import Path
from typing import Any

import pytest

import local.emulator.relocation
from local.emulator.relocation import Place, relocate, with_addresses_moved, with_folder_moved, with_secrets_moved
from local.settings import Settings

PORTS = {4566: 4700, 4567: 4701}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"QueueUrl": "http://127.0.0.1:4566/1/gate"}', '{"QueueUrl": "http://127.0.0.1:4700/1/gate"}'),
        ('{"Url": "jdbc:postgresql://127.0.0.1:4567/shop"}', '{"Url": "jdbc:postgresql://127.0.0.1:4701/shop"}'),
        ('{"Endpoint.Port": "4567"}', '{"Endpoint.Port": "4701"}'),
        ('{"{{resolve:secretsmanager:a:SecretString:port::}}": "4567"}', '{"{{resolve:secretsmanager:a:SecretString:port::}}": "4701"}'),
        ('{"Other": "127.0.0.1:5432 127.0.0.1:45661 10.0.0.1:4566"}', '{"Other": "127.0.0.1:5432 127.0.0.1:45661 10.0.0.1:4566"}'),
        ('{"Port": 4567, "Size": "4566"}', '{"Port": 4567, "Size": "4566"}'),
    ],
    ids=["queue", "jdbc", "attribute", "resolved", "others' addresses", "numbers"],
)
def test_only_the_laptops_own_addresses_are_moved(before: str, after: str) -> None:
    assert with_addresses_moved(before.encode(), PORTS).decode() == after


def test_ports_that_overlap_are_moved_once() -> None:
    moved = with_addresses_moved(b"127.0.0.1:4566 127.0.0.1:4567", {4566: 4567, 4567: 4568})
    assert moved == b"127.0.0.1:4567 127.0.0.1:4568"


def secret(**value: Any) -> dict[str, Any]:
    return {"Versions": {"v": {"SecretString": json.dumps(value), "Stages": ["AWSCURRENT"]}}}


@pytest.mark.parametrize(
    ("value", "port"),
    [
        ({"host": "127.0.0.1", "port": 4567}, 4701),
        ({"host": "127.0.0.1", "port": "4567"}, "4701"),
        ({"host": "127.0.0.1", "port": 5432}, 5432),
        ({"host": "db.example", "port": 4567}, 4567),
        ({"host": "127.0.0.1", "port": None}, None),
    ],
    ids=["number", "text", "another server", "another machine", "none"],
)
def test_a_secret_of_the_laptops_database_is_moved_and_no_other(value: dict[str, Any], port: object) -> None:
    moved = with_secrets_moved(secret(**value), PORTS)
    assert json.loads(moved["Versions"]["v"]["SecretString"]) == {**value, "port": port}


def test_a_secret_that_is_no_object_stays_as_it_is() -> None:
    state = [{"SecretString": "127"}, {"SecretString": "no JSON: 4567"}, {"SecretString": None}]
    assert with_secrets_moved(state, PORTS) == state


def test_paths_below_the_folder_are_moved_and_others_are_not() -> None:
    text = "dags = /home/a/dags\nlogs=sqlite:////home/a/x.db\nother = /home/ab/dags"
    assert with_folder_moved(text, "/home/a", r"/home/ü \1") == (
        "dags = /home/ü \\1/dags\nlogs=sqlite:////home/ü \\1/x.db\nother = /home/ab/dags"
    )


@pytest.fixture
def written(tmp_path: Path) -> Settings:
    """A laptop of port 4566 with one database, one queue and an Airflow."""
    settings = Settings(tmp_path / "first", 4566)
    emulator, airflow = settings.state / "emulator", settings.state / "mwaa" / "a" / "airflow"
    for folder in (emulator / "blobs", settings.state / "postgres", airflow):
        folder.mkdir(parents=True)
    (emulator / "blobs" / "code").write_bytes(b"\x00 127.0.0.1:4566")
    (emulator / "sqs.json").write_text('{"url": "http://127.0.0.1:4566/q"}')
    (emulator / "secretsmanager.json").write_text(json.dumps(secret(host="127.0.0.1", port=4567)))
    (settings.state / "postgres" / "instances.json").write_text('{"orders": {"port": 1, "user": "u", "database": "d"}}')
    (airflow.parent / "environment.json").write_text('{"port": 2}')
    (airflow / "airflow.cfg").write_text(f"logs = {settings.home}/logs")
    relocate(settings)
    return settings


def test_a_state_that_stays_where_it_is_is_not_touched(written: Settings) -> None:
    before = {file: file.stat().st_mtime_ns for file in written.state.rglob("*") if file.is_file() and file.name != "place.json"}
    relocate(written)
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_a_state_follows_to_another_port_and_folder(written: Settings, tmp_path: Path) -> None:
    written.home.rename(tmp_path / "second")
    second = Settings(tmp_path / "second", 4700)
    relocate(second)

    emulator = second.state / "emulator"
    assert (emulator / "sqs.json").read_text() == '{"url": "http://127.0.0.1:4700/q"}'
    assert '\\"port\\": 4701' in (emulator / "secretsmanager.json").read_text()
    assert (emulator / "blobs" / "code").read_bytes() == b"\x00 127.0.0.1:4566"
    assert (second.state / "mwaa" / "a" / "airflow" / "airflow.cfg").read_text() == f"logs = {second.home}/logs"
    assert Place.load(emulator) == Place.of(second)
    assert sorted(path.name for path in second.state.iterdir()) == ["emulator", "mwaa", "postgres"]


@pytest.mark.parametrize("step", ["write_whole", "_finish"])
def test_a_move_that_was_interrupted_is_made_once(written: Settings, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    # To the next port, so that what was moved twice would show.
    next_door = Settings(written.home, 4567)
    with monkeypatch.context() as patch:
        patch.setattr(f"local.emulator.relocation.{step}", _interrupted_at_the_second(step))
        with pytest.raises(KeyboardInterrupt):
            relocate(next_door)
    relocate(next_door)
    emulator = next_door.state / "emulator"
    assert (emulator / "sqs.json").read_text() == '{"url": "http://127.0.0.1:4567/q"}'
    assert '\\"port\\": 4568' in (emulator / "secretsmanager.json").read_text()


def _interrupted_at_the_second(step: str) -> Any:
    real = getattr(local.emulator.relocation, step)
    calls: list[tuple[Any, ...]] = []

    def act(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*arguments)

    return act
