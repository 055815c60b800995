"""A source or a job that fails: the run says so with its cause in one line and the end of the log."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.test_kill import TABLES
from tests.local.lake import Lake, main_product


@contextmanager
def secret_with(lake: Lake, **changed: Any) -> Iterator[None]:
    """The source's secret with other values for a while."""
    manager, was = lake.client("secretsmanager"), lake.secret("store")
    manager.put_secret_value(SecretId="local/sources/store", SecretString=json.dumps({**was, **changed}))
    try:
        yield
    finally:
        manager.put_secret_value(SecretId="local/sources/store", SecretString=json.dumps(was))


@contextmanager
def script_with(lake: Lake, job: str, text: str) -> Iterator[None]:
    """A job's deployed script replaced for a while."""
    location = lake.client("glue").get_job(JobName=job)["Job"]["Command"]["ScriptLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")
    s3 = lake.client("s3")
    was = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=was)


def held_up(lake: Lake, task: str) -> dict[str, str]:
    """Where the tables are that a task's failure holds up: all from its own on.

    But not those of the other source: a window of its own may have become due.
    """
    free = "local_bronze.loyalty__" if task == "ingest_store" else "local_bronze."
    return {name: where for name, where in lake.metadata_locations().items() if not name.startswith(free)}


def told(lake: Lake) -> dict[str, Any]:
    """What the command tells of a run that fails."""
    answer = lake.command("run", *TABLES, "--json", fails=True)
    assert answer.code == 1
    # The job's own stack trace is part of its log; one of the command would be a defect.
    assert str(lake.root / "cli") not in answer.err
    return main_product(answer.json)


def failed(lake: Lake, task: str, run: Callable[[Lake], dict[str, Any]] = lambda lake: lake.run(*TABLES, fails=True)) -> dict[str, Any]:
    """The task by which a run failed, after looking at how the run was reported."""
    before = held_up(lake, task)
    product = run(lake)
    (found,) = [entry for entry in product["tasks"] if entry["state"] == "failed"]
    assert found["id"] == task
    assert product["state"] == "failed"
    assert "\n" not in product["cause"]
    assert product["cause"].startswith(f"{task}: ")
    assert found["log"]
    assert lake.job_run(found["job"], found["job_run"])["JobRunState"] == "FAILED"
    assert held_up(lake, task) == before
    return dict(found)


def test_a_source_that_is_down(lake: Lake) -> None:
    with socket.socket() as closed:
        # Bound and not listening: nobody else gets the port, and it refuses connections.
        closed.bind(("127.0.0.1", 0))
        with secret_with(lake, port=closed.getsockname()[1]):
            assert "refused" in failed(lake, "ingest_store", told)["error"].lower()


def test_a_wrong_password_is_told_and_never_shown(lake: Lake) -> None:
    with secret_with(lake, password="not-the-right-one"):
        found = failed(lake, "ingest_store")
    assert "login of" in found["error"]
    assert "check username and password in the secret" in found["error"]
    assert "not-the-right-one" not in json.dumps(found)


@pytest.mark.parametrize(
    ("job", "task"),
    [
        pytest.param("local-ingest-store", "ingest_store", id="ingest", marks=pytest.mark.full_size),
        pytest.param("local-refine", "refine", id="refine"),
    ],
)
def test_a_script_that_fails(lake: Lake, job: str, task: str) -> None:
    with script_with(lake, job, "print('about to fail')\nraise RuntimeError('the shelf fell down')\n"):
        found = failed(lake, task)
    assert "the shelf fell down" in found["error"]
    assert any("about to fail" in line for line in found["log"])
    assert "about to fail" in lake.command("logs", found["job_run"], "--lines", "1000").out.splitlines()
    assert lake.command("logs", found["job_run"], "--json", "--lines", "1").json["lines"] == found["log"][-1:]


def test_the_log_of_a_run_that_never_was_is_refused(lake: Lake) -> None:
    answer = lake.command("logs", "jr_never", fails=True)
    assert answer.code == 2
    assert "no log of jr_never in /medallion/local/jobs/output" in answer.err


def test_after_any_failure_the_next_run_makes_up_for_it(lake: Lake) -> None:
    assert lake.run(*TABLES)["state"] == "success"
    with lake.source("store") as source:
        row = source.execute("SELECT count(*), sum(sales_value) FROM public.transactions WHERE quantity >= 0").fetchone()
    assert row is not None
    assert lake.one("SELECT count(*) AS n, sum(sales_value) AS s FROM local_silver.transactions") == {"n": row[0], "s": str(row[1])}
