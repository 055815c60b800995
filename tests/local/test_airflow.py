"""The sample lake run by its MWAA environment: a real Airflow, asked through MWAA's API."""

import json
import math
import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local.lake import Lake
from tests.local.prepared import sample
from tests.local.waiting import until

DAG = "local_sales"
ENVIRONMENT = "local-airflow"
# As the sample's configuration has it, for a burst; one letter need not wait for as long.
BATCH_SECONDS, SHORT_SECONDS = 60, 15
# As long as it is held, no run that reads campaigns ends.
HELD = "LOCK TABLE public.campaigns IN ACCESS EXCLUSIVE MODE"


@pytest.fixture(scope="module")
def lake(request: pytest.FixtureRequest) -> Iterator[Lake]:
    with sample("seeded", airflow=True, batch_seconds=None if request.config.getoption("--full-size") else SHORT_SECONDS) as made:
        yield made


@pytest.fixture(scope="module")
def first(lake: Lake) -> dict[str, Any]:
    """What the first run reported."""
    return lake.run("campaigns", "products")


def airflow(lake: Lake, path: str, method: str = "GET", **given: Any) -> Any:
    return lake.client("mwaa").invoke_rest_api(Name=ENVIRONMENT, Method=method, Path=path, **given)["RestApiResponse"]


def test_a_run_is_airflows_and_is_told_as_any(lake: Lake, first: dict[str, Any]) -> None:
    assert first["state"] == "success"
    run = airflow(lake, f"/dags/{DAG}/dagRuns/{first['run_id']}")
    assert (run["state"], run["conf"]) == ("success", {"tables": ["store__campaigns", "store__products", "campaigns", "products"]})
    tasks = {task["id"]: (task["state"], bool(task["job_run"])) for task in first["tasks"]}
    assert tasks["ingest_store"] == tasks["refine"] == ("success", True)
    told = {table["table"] for task in first["tasks"] for table in task["tables"] if task["id"] in ("ingest_store", "refine")}
    assert told == {"local_bronze.store__campaigns", "local_bronze.store__products", "local_silver.campaigns", "local_silver.products"}


def test_changed_tables_are_events_of_their_assets(lake: Lake, first: dict[str, Any]) -> None:
    assert first["state"] == "success"
    events = airflow(lake, "/assets/events", QueryParameters={"limit": 100})["asset_events"]
    # Airflow rebuilds the table that joins sales with letters by itself, at any time.
    assert {event["name"] for event in events} - {"local_gold.weekly_feedback"} == {"local_silver.campaigns", "local_silver.products"}


def test_the_dag_has_no_import_error_and_links_to_its_glue_runs(lake: Lake, first: dict[str, Any]) -> None:
    assert airflow(lake, "/importErrors")["total_entries"] == 0
    links = airflow(lake, f"/dags/{DAG}/dagRuns/{first['run_id']}/taskInstances/refine/links")["extra_links"]
    (job_run,) = [task["job_run"] for task in first["tasks"] if task["id"] == "refine"]
    assert job_run in json.dumps(links)


def test_the_page_opens_signed_in(lake: Lake) -> None:
    told = lake.command("open", "airflow", "--json").json
    assert told["address"].startswith("http://127.0.0.1:")
    with urllib.request.urlopen(told["address"]) as answer:
        assert answer.status == 200


def told(lake: Lake, queue: str) -> dict[str, str]:
    """The next message of the topic of alerts; empty if there is none."""
    for message in lake.client("sqs").receive_message(QueueUrl=queue).get("Messages", []):
        lake.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        found: dict[str, str] = json.loads(message["Body"])
        return found
    return {}


@pytest.fixture
def alerts(lake: Lake) -> str:
    """The queue of one who has subscribed to the topic of alerts."""
    topic, arn = (f"arn:aws:{service}:eu-west-1:111111111111:{name}" for service, name in (("sns", "local-alerts"), ("sqs", "on-call")))
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queue = str(lake.client("sqs").create_queue(QueueName="on-call", Attributes={"Policy": policy})["QueueUrl"])
    lake.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def ingesting(lake: Lake) -> int | None:
    """The process of the job that reads the store; letters may be read at the same time."""
    runs = {run["Id"] for run in lake.client("glue").get_job_runs(JobName="local-ingest-store")["JobRuns"]}
    return next((process for run, process in lake.laptop.job_processes().items() if run in runs), None)


def test_a_killed_job_fails_its_task_by_name_tells_people_and_the_next_run_makes_it_good(
    lake: Lake, first: dict[str, Any], alerts: str
) -> None:
    assert first["state"] == "success"
    with lake.started("run", "coupons", "--json") as command:
        os.killpg(until(lambda: ingesting(lake), 120), signal.SIGKILL)
        out, _ = command.communicate(timeout=300)
    (product,) = json.loads(out)["products"]
    assert product["state"] == "failed"
    assert [task["id"] for task in product["tasks"] if task["state"] == "failed"] == ["ingest_store"]
    message = until(lambda: told(lake, alerts))
    assert message["Subject"] == f"{DAG}: run failed"
    assert product["run_id"] in message["Message"]
    assert "ingest_store" in message["Message"]
    assert lake.run("coupons")["state"] == "success"
    with lake.source("store") as source:
        row = source.execute("SELECT count(DISTINCT coupon_upc) FROM public.coupons").fetchone()
    assert row is not None
    total = lake.one("SELECT (SELECT count(*) FROM local_silver.coupons) + (SELECT count(*) FROM local_silver.coupons__quarantine) AS n")[
        "n"
    ]
    assert total >= row[0]


def test_a_command_waits_for_another_run_and_interrupted_ends_its_own_with_its_job(lake: Lake, first: dict[str, Any]) -> None:
    assert first["state"] == "success"
    by_hand = {"dag_run_id": "by-hand", "logical_date": None, "conf": {"tables": ["store__campaigns"]}}
    with lake.source("store") as connection:
        connection.execute(HELD)
        airflow(lake, f"/dags/{DAG}/dagRuns", "POST", Body=by_hand)
        command = lake.started("run", "campaigns")
        assert command.stderr is not None
        waiting = next(line for line in command.stderr if line.startswith("waiting"))
        assert "by-hand is going" in waiting
    until(lambda: airflow(lake, f"/dags/{DAG}/dagRuns/by-hand")["state"] == "success", 240)
    with command, lake.source("store") as connection:
        connection.execute(HELD)
        until(lambda: ingesting(lake), 120)
        command.send_signal(signal.SIGINT)
        _, err = command.communicate(timeout=120)
    assert command.returncode == 130
    assert "Interrupted" in err
    until(lambda: not ingesting(lake), 120)
    runs = airflow(lake, f"/dags/{DAG}/dagRuns", QueryParameters={"order_by": "-run_after", "limit": 1})["dag_runs"]
    assert (runs[0]["dag_run_id"].partition("__")[0], runs[0]["state"]) == ("lake", "failed")


def test_all_that_airflow_asked_for_was_allowed_to_its_role(lake: Lake, first: dict[str, Any]) -> None:
    assert first["state"] == "success"
    assert [call for call in lake.laptop.calls() if not call.allowed] == []
    assert "sns:Publish" in {call.action for call in lake.laptop.calls() if call.role == ENVIRONMENT}
    used = {call.action for call in lake.laptop.calls() if call.role == ENVIRONMENT}
    assert used >= {"s3:ListBucket", "s3:GetObject", "glue:StartJobRun", "glue:GetJobRun", "logs:GetLogEvents", "ssm:GetParameter"}


def letters_runs(lake: Lake) -> dict[str, str]:
    """The state of each run that letters started, by its id."""
    runs = airflow(lake, "/dags/local_letters/dagRuns", QueryParameters={"limit": 100})["dag_runs"]
    return {run["dag_run_id"]: run["state"] for run in runs if run["dag_run_id"].startswith("letters__")}


@pytest.fixture(scope="module")
def nothing_waits(lake: Lake, first: dict[str, Any]) -> None:
    """Letters of the seed, which came before there was an Airflow, are in bronze."""
    assert first["state"] == "success"
    lake.run("mail__letters")


@pytest.mark.usefixtures("nothing_waits")
def test_a_letter_copied_into_the_landing_bucket_starts_the_chain_by_itself(lake: Lake) -> None:
    before, count = letters_runs(lake), "SELECT count(*) AS n FROM local_bronze.mail__letters"
    rows = lake.one(count)["n"]
    s3 = lake.client("s3")
    s3.put_object(Bucket="local-landing-111111111111-eu-west-1", Key="mail/by itself.txt", Body=b"Nobody asked for a run.")
    until(lambda: "success" in (letters_runs(lake)[name] for name in letters_runs(lake).keys() - before.keys()), 240)
    assert lake.one(count)["n"] == rows + 1
    assert lake.one("SELECT text FROM local_bronze.mail__letters WHERE name = 'by itself.txt'")["text"] == "Nobody asked for a run."


@pytest.mark.full_size
@pytest.mark.usefixtures("nothing_waits")
def test_a_burst_of_500_letters_has_500_outcomes_and_one_run_or_two(lake: Lake) -> None:
    until(lambda: not {"queued", "running"} & set(letters_runs(lake).values()), 240)
    before, count = letters_runs(lake), "SELECT count(*) AS n FROM local_bronze.mail__letters"
    rows, outcomes, begin = lake.one(count)["n"], len(lake.decisions()), time.monotonic()
    s3 = lake.client("s3")

    def send(number: int) -> None:
        body = f"Letter {number % 490} of a burst.".encode()
        s3.put_object(Bucket="local-landing-111111111111-eu-west-1", Key=f"mail/burst/{number}.txt", Body=body)

    with ThreadPoolExecutor(16) as pool:
        # An upload that failed is raised here.
        list(pool.map(send, range(500)))
    until(lambda: len(lake.decisions()) >= outcomes + 500, 300)
    windows = math.ceil((time.monotonic() - begin) / BATCH_SECONDS)
    until(lambda: lake.one(count)["n"] >= rows + 490 and not {"queued", "running"} & set(letters_runs(lake).values()), 300)
    assert (len(lake.decisions()), lake.one(count)["n"]) == (outcomes + 500, rows + 490)
    # One or two where all are decided within a batch; a machine that is slower than that has more batches.
    assert 1 <= len(letters_runs(lake).keys() - before.keys()) <= windows + 1
