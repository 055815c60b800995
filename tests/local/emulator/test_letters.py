"""Letters from the landing bucket to bronze, quarantine and the request for a run: the deployed functions under their own roles."""

import json
import math
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.laptop import Laptop
from local.settings import ROOT
from tests.local.lake import UNVALIDATED

# As a module: a folder of scripts would be looked at before our packages.
APP = "tests.local.emulator.letters_app"
LANDING, BRONZE, OPS = (f"acme-{purpose}-111111111111-eu-west-1" for purpose in ("landing", "bronze", "ops"))
BATCH_SECONDS = 20


class Airflow:
    """Stands where MWAA's API answers: takes each run once, and says 409 to a second of the same id."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.broken = False
        airflow, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with lock:
                    known = any(body["dag_run_id"] == request["Body"]["dag_run_id"] for _, body in airflow.asked)
                    if not airflow.broken:
                        airflow.asked.append((f"{self.path} {request['Method']} {request['Path']}", request["Body"]))
                status = 503 if airflow.broken else 409 if known else 200
                self._answer(status)

            def _answer(self, status: int) -> None:
                body = json.dumps({"RestApiStatusCode": status, "RestApiResponse": {"detail": "as the test says"}}).encode()
                kind = {200: "", 409: "RestApiClientException"}.get(status, "RestApiServerException")
                self.send_response(200 if status == 200 else 400 if status == 409 else 500)
                if kind:
                    self.send_header("x-amzn-errortype", kind)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def runs(self) -> set[str]:
        return {body["dag_run_id"] for _, body in self.asked}


class Post:
    """The landing bucket, and what becomes of letters."""

    def __init__(self, laptop: Laptop, aws: Callable[[str], Any], airflow: Airflow) -> None:
        self.aws, self.airflow, self.s3, self.laptop = aws, airflow, aws("s3"), laptop

    def send(self, name: str, content: bytes, prefix: str = "inbox/") -> str:
        """Uploads a letter; returns its version."""
        return str(self.s3.put_object(Bucket=LANDING, Key=prefix + name, Body=content)["VersionId"])

    def records(self) -> list[dict[str, Any]]:
        """The outcomes of all uploads."""
        found = self.keys(OPS, "uploads/")
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda key: json.loads(self.s3.get_object(Bucket=OPS, Key=key)["Body"].read()), found))

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def wait(self, what: str, done: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
            time.sleep(0.3)

    def outcome(self, name: str, content: bytes, prefix: str = "inbox/") -> dict[str, Any]:
        """What becomes of one letter, once it has left the landing bucket."""
        before = set(self.keys(OPS, "uploads/"))
        self.send(name, content, prefix)
        self.wait(f"a decision about {name!r}", lambda: bool(set(self.keys(OPS, "uploads/")) - before) and not self.versions())
        (key,) = set(self.keys(OPS, "uploads/")) - before
        record: dict[str, Any] = json.loads(self.s3.get_object(Bucket=OPS, Key=key)["Body"].read())
        return record

    def versions(self) -> list[Any]:
        """All that is in the landing bucket, former versions included."""
        found = self.s3.list_object_versions(Bucket=LANDING)
        return [*found.get("Versions", []), *found.get("DeleteMarkers", [])]

    def tags(self, key: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.s3.get_object_tagging(Bucket=BRONZE, Key=key)["TagSet"]}


@pytest.fixture(scope="module")
def post(laptops: Callable[[], Laptop], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    laptop, folder, airflow = laptops(), tmp_path_factory.mktemp("cdk"), Airflow()
    laptop.up()
    environment = {
        **laptop.client_environment(),
        "CI": "true",
        "NO_COLOR": "1",
        "BATCH_SECONDS": str(BATCH_SECONDS),
        **UNVALIDATED,
        "PYTHONPATH": str(ROOT),
    }
    cdk = [str(ROOT / "node_modules/.bin/cdk"), "--app", f"{sys.executable} -m {APP}", "--output", str(folder)]
    for command in (["bootstrap"], ["deploy", "--require-approval", "never"]):
        ended = subprocess.run([*cdk, *command], env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    clients: dict[str, Any] = {}

    def aws(service: str) -> Any:
        if service not in clients:
            clients[service] = laptop.client(service)
        return clients[service]

    # Only where MWAA answers is the test's own; function, queue and role are as deployed.
    variables = aws("lambda").get_function_configuration(FunctionName="acme-trigger")["Environment"]["Variables"]
    here = f"http://127.0.0.1:{airflow.server.server_address[1]}"
    aws("lambda").update_function_configuration(
        FunctionName="acme-trigger", Environment={"Variables": {**variables, "AWS_ENDPOINT_URL_MWAA": here}}
    )
    yield Post(laptop, aws, airflow)
    airflow.server.shutdown()
    airflow.server.server_close()


def test_a_good_letter_goes_to_bronze_and_asks_for_a_run(post: Post) -> None:
    content = "Dear all, grüß Gott".encode()
    outcome = post.outcome("2026/a letter.txt", content)
    assert (outcome["decision"], outcome["document_id"]) == ("accepted", sha256(content).hexdigest())
    kept = post.s3.get_object(Bucket=BRONZE, Key=outcome["kept_at"])
    assert (kept["Body"].read(), kept["ContentType"], kept["Metadata"]["name"]) == (content, "text/plain", "2026/a%20letter.txt")
    (entry,) = [key for key in post.keys(BRONZE, "documents/inbox__notes/accepted/") if key.endswith(outcome["document_id"])]
    assert entry.count("/") == 4
    post.wait("a run", lambda: bool(post.airflow.asked), BATCH_SECONDS + 60)
    path, body = post.airflow.asked[0]
    assert path == "/restapi/acme-airflow POST /dags/acme_post/dagRuns"
    assert set(body) == {"dag_run_id", "logical_date"}
    assert body["dag_run_id"].startswith("letters__20")


def test_the_same_letter_again_is_told_as_a_repetition(post: Post) -> None:
    first = post.outcome("one.txt", b"the same words")
    again = post.outcome("two.txt", b"the same words")
    assert (again["decision"], again["first"], again["kept_at"]) == ("repeated", first["upload"], first["kept_at"])
    assert len([key for key in post.keys(BRONZE, "documents/inbox__notes/accepted/") if key.endswith(first["document_id"])]) == 1


@pytest.mark.parametrize(
    ("name", "content", "prefix", "reason"),
    [
        pytest.param("nothing.txt", b"", "inbox/", "empty", id="0 bytes"),
        pytest.param("much.txt", b"a" * 200_000_000, "inbox/", "too-large", id="200 MB"),
        pytest.param("windows.txt", "Dear all".encode("utf-16"), "inbox/", "encoding", id="UTF-16"),
        pytest.param("report.txt", b"%PDF-1.7\n" + bytes(range(256)), "inbox/", "mislabelled", id="a PDF called a text"),
        pytest.param("report.pdf", b"%PDF-1.7", "inbox/", "name", id="a PDF"),
        pytest.param("stray.txt", b"Dear all", "elsewhere/", "name", id="no source"),
    ],
)
def test_what_is_no_letter_goes_to_quarantine_with_the_reason(post: Post, name: str, content: bytes, prefix: str, reason: str) -> None:
    outcome = post.outcome(name, content, prefix)
    assert (outcome["decision"], outcome["reason"]) == ("refused", reason)
    tags = post.tags(outcome["kept_at"])
    assert tags["reason"] == reason
    assert tags["explanation"]
    assert post.s3.head_object(Bucket=BRONZE, Key=outcome["kept_at"])["ContentLength"] == len(content)
    assert outcome["kept_at"].startswith("documents/quarantine/")


def test_a_burst_has_as_many_outcomes_as_uploads_and_one_run_or_two(post: Post) -> None:
    post.wait("the runs of before", lambda: not _waiting(post), BATCH_SECONDS + 60)
    outcomes, runs = {record["upload"] for record in post.records()}, post.airflow.runs
    begin = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: post.send(f"burst/{number}.txt", f"letter {number % 90} of a burst".encode()), range(100)))
    post.wait("100 decisions", lambda: len(post.keys(OPS, "uploads/")) >= len(outcomes) + 100, 300)
    windows = math.ceil((time.monotonic() - begin) / BATCH_SECONDS)
    found = [record for record in post.records() if record["upload"] not in outcomes]
    assert Counter(record["decision"] for record in found) == {"accepted": 90, "repeated": 10}
    post.wait("an empty landing bucket", lambda: not post.versions())
    post.wait("their runs", lambda: post.airflow.runs > runs and not _waiting(post), BATCH_SECONDS + 60)
    # One or two where all are decided within a window; a machine that is slower than that has more windows.
    assert 1 <= len(post.airflow.runs - runs) <= windows + 1


def test_a_message_that_airflow_does_not_take_stays_in_its_queue(post: Post) -> None:
    post.airflow.broken = True
    before = len(post.airflow.asked)
    post.outcome("while airflow is away.txt", b"is anybody there?")
    time.sleep(BATCH_SECONDS + 10)
    assert _waiting(post) >= 1
    assert len(post.airflow.asked) == before


def test_every_call_was_allowed_and_no_letter_is_in_a_log(post: Post) -> None:
    logs = post.aws("logs")
    lines = [
        event["message"]
        for function in ("gate", "trigger")
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=f"/medallion/acme/{function}")
        for event in page["events"]
    ]
    told = "\n".join(lines)
    assert "decided" in told
    assert "AccessDenied" not in told
    assert "of a burst" not in told
    assert "stray.txt" not in told


def test_the_gate_is_allowed_nothing_that_it_had_no_use_for(post: Post) -> None:
    # The laptop writes a function's log itself and says 404 to one who may not list, no copy was given up, and this release of boto3 tags
    # a copy by its version alone.
    unseen = {"logs:CreateLogStream", "logs:PutLogEvents", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:PutObjectTagging"}
    assert set(post.laptop.unused_actions("acme-gate")) <= unseen


def _waiting(post: Post) -> int:
    """Messages that ask for runs, those that wait for the end of their batch included."""
    sqs = post.aws("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="acme-trigger")["QueueUrl"], AttributeNames=names)
    return sum(int(value) for value in found["Attributes"].values())
