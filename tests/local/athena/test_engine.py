"""A laptop's own engine: beside it, behind it, found again, stopped; or none at all."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.laptop import Laptop
from local.processes import Process
from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server
from local.settings import ATHENA, ROOT
from tests.local.waiting import ended
from tests.ports import free_port


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    monkeypatch.setenv(ATHENA, "")
    laptop = Laptop(tmp_path / "home", free_port(following=2))
    yield laptop
    laptop.down()


def asked(laptop: Laptop, sql: str = "SELECT 1") -> dict[str, Any]:
    """The status of a query that has ended."""
    buckets = laptop.client("s3").list_buckets()["Buckets"]
    if not buckets:
        laptop.client("s3").create_bucket(Bucket="results", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    athena = laptop.client("athena")
    query = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": "s3://results/"})["QueryExecutionId"]
    status: dict[str, Any] = ended(athena, query)["Status"]
    return status


def engine(laptop: Laptop) -> Process:
    """The process of a laptop's own engine."""
    process = Server(laptop.settings.home / "athena", TrinoRuntime(ROOT)).process
    assert process is not None
    return process


def kill(laptop: Laptop) -> None:
    pid = laptop.status().pid
    assert pid is not None
    process = Process.of(pid)
    os.kill(pid, signal.SIGKILL)
    assert process.wait(10)


def test_it_starts_with_the_laptop_outlives_its_death_and_ends_with_lake_down(laptop: Laptop) -> None:
    laptop.up()
    assert asked(laptop)["State"] == "SUCCEEDED"
    assert laptop.status().engine == "Athena's engine is up"
    first = engine(laptop)

    kill(laptop)
    laptop.up()
    assert asked(laptop)["State"] == "SUCCEEDED"
    assert engine(laptop) == first

    kill(laptop)
    laptop.down()
    assert not first.alive


@pytest.mark.full_size
def test_one_that_died_is_started_by_the_next_query_and_a_copied_home_has_its_own(laptop: Laptop, tmp_path: Path) -> None:
    laptop.up()
    assert asked(laptop)["State"] == "SUCCEEDED"
    first = engine(laptop)
    first.kill_group()
    assert asked(laptop)["State"] == "SUCCEEDED"
    second = engine(laptop)
    assert second != first

    shutil.copytree(laptop.settings.home, tmp_path / "copy", ignore_dangling_symlinks=True)
    copy = Laptop(tmp_path / "copy", free_port(following=2))
    copy.up()
    try:
        assert asked(copy)["State"] == "SUCCEEDED"
        third = engine(copy)
        assert third != second
        copy.down()
        assert not third.alive
        assert asked(laptop)["State"] == "SUCCEEDED"
        assert second.alive
    finally:
        copy.down()


def test_a_laptop_that_shall_have_none_says_so(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ATHENA, "off")
    without = Laptop(laptop.settings.home, laptop.settings.port)
    without.up()
    status = asked(without)
    assert status["State"] == "FAILED"
    assert f"{ATHENA} is off" in status["StateChangeReason"]
    assert without.status().engine == f"Athena answers no queries, as {ATHENA} is off"
    assert not (without.settings.home / "athena").exists()
