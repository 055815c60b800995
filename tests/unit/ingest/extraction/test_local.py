"""The provider of the laptop: a signed request to the laptop's own address, and what its answers mean."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from medallion.ingest.extraction.local import LocalModel
from medallion.ingest.extraction.provider import Busy, ModelRefused, Provider, Question, QuestionRefused
from medallion.manifest.model import ExtractedField, Extraction

EXTRACTION = Extraction(
    documents="post__letters",
    instruction="Read.",
    irrelevant="advertising",
    fields=(ExtractedField(name="about", type="string", description="x"),),
)
ANSWER = {"records": [{"about": {"words": "ß", "value": "ß"}}], "input_tokens": 7, "output_tokens": 3, "model": "local-x"}


class Laptop:
    """Answers once as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, json.dumps(ANSWER)
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        laptop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                laptop.asked.append((self.path, dict(self.headers), body))
                self.send_response(laptop.status)
                self.end_headers()
                self.wfile.write(laptop.body.encode())

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    made = Laptop()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def model(laptop: Laptop) -> LocalModel:
    return LocalModel(EXTRACTION, timeout_seconds=5, environment={"AWS_ENDPOINT_URL": f"{laptop.address}/", "AWS_REGION": "eu-west-1"})


def ask(provider: Provider) -> Any:
    return asyncio.run(provider.ask(Question("Read.", {"type": "object"}, "a ß")))


def test_a_question_is_signed_and_carries_the_fields(laptop: Laptop) -> None:
    answer = ask(model(laptop))
    (path, headers, body) = laptop.asked[0]
    assert path == "/_lake/model"
    assert "Credential=AKIDTEST/" in headers["Authorization"]
    assert "/eu-west-1/lake/aws4_request" in headers["Authorization"]
    assert body["fields"][0]["name"] == "about"
    assert (body["irrelevant"], body["text"], body["instructions"]) == ("advertising", "a ß", "Read.")
    assert json.loads(answer.text) == {"records": ANSWER["records"]}
    assert (answer.model, answer.input_tokens, answer.output_tokens) == ("local-x", 7, 3)


@pytest.mark.parametrize(("status", "error"), [(500, Busy), (503, Busy), (429, Busy), (400, QuestionRefused), (403, ModelRefused)])
def test_a_status_says_whether_to_ask_again(laptop: Laptop, status: int, error: type[Exception]) -> None:
    laptop.status = status
    with pytest.raises(error, match=f"answered {status}"):
        ask(model(laptop))


def test_no_json_may_be_asked_again_and_is_not_repeated(laptop: Laptop) -> None:
    laptop.body = "a secret letter"
    with pytest.raises(Busy) as raised:
        ask(model(laptop))
    assert "secret" not in str(raised.value)


def test_a_laptop_that_is_down_may_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    provider = LocalModel(EXTRACTION, timeout_seconds=1, environment={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    with pytest.raises(Busy):
        ask(provider)


def test_elsewhere_it_is_refused_at_once() -> None:
    with pytest.raises(ModelRefused, match="provider local answers on a laptop only"):
        LocalModel(EXTRACTION, timeout_seconds=1, environment={})
