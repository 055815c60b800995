"""What passes to the laptop's AWS is settled from a request's head."""

import asyncio
from typing import Any

import pytest

from local.emulator.gateway import Denied, Gateway, is_closed, unsigned
from local.same_origin import SameOriginOnly, foreign, hosts_of

HOSTS = hosts_of(4566)
OURS = (b"host", b"127.0.0.1:4566")
SIGNED = (b"authorization", b"AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0")
PRESIGNED = b"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=K&X-Amz-Signature=0"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([OURS], id="a client"),
        pytest.param([(b"host", b"localhost:4566")], id="by the name localhost"),
        pytest.param([(b"Host", b"LocalHost:4566")], id="whatever the case"),
        pytest.param([OURS, (b"sec-fetch-site", b"none")], id="an address typed into a browser"),
        pytest.param([OURS, (b"sec-fetch-site", b"same-origin"), (b"origin", b"http://127.0.0.1:4566")], id="a page of the port's own"),
    ],
)
def test_what_comes_from_this_machine_passes(headers: list[tuple[bytes, bytes]]) -> None:
    assert foreign("POST", headers, HOSTS) == ""


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        pytest.param([], "Host", id="no host"),
        pytest.param([(b"host", b"evil.example:4566")], "Host", id="a rebound name"),
        pytest.param([(b"host", b"bucket.localhost:4566")], "Host", id="a bucket's host"),
        pytest.param([(b"host", b"127.0.0.1")], "Host", id="without the port"),
        pytest.param([(b"host", b"127.0.0.1:4567")], "Host", id="another port's host"),
        pytest.param([OURS, OURS], "Host", id="two hosts"),
        pytest.param([OURS, (b"origin", b"https://evil.example")], "Origin", id="another site"),
        pytest.param([OURS, (b"origin", b"null")], "Origin", id="a file or a sandbox"),
        pytest.param([OURS, (b"origin", b"http://127.0.0.1:8080")], "Origin", id="another port of this machine"),
        pytest.param([OURS, (b"origin", b"http://127.0.0.1:4566"), (b"origin", b"null")], "Origin", id="two origins"),
        pytest.param([OURS, (b"sec-fetch-site", b"cross-site")], "Sec-Fetch-Site", id="cross-site"),
        pytest.param([OURS, (b"sec-fetch-site", b"same-site")], "Sec-Fetch-Site", id="same-site, which is any port"),
    ],
)
def test_what_another_site_sends_is_refused(headers: list[tuple[bytes, bytes]], named: str) -> None:
    assert foreign("GET", headers, HOSTS).startswith(named)


def test_no_site_is_given_leave_by_a_preflight() -> None:
    assert foreign("OPTIONS", [OURS], HOSTS)


@pytest.mark.parametrize(
    ("headers", "query"),
    [pytest.param([SIGNED], b"list-type=2", id="header"), pytest.param([], PRESIGNED + b"&X-Amz-Expires=60", id="query")],
)
def test_a_signature_is_in_the_header_or_in_the_query(headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    assert unsigned(headers, query) is None


@pytest.mark.parametrize(
    ("headers", "query", "code"),
    [
        pytest.param([], b"", "MissingAuthenticationToken", id="none"),
        pytest.param([SIGNED, SIGNED], b"", "IncompleteSignature", id="two headers"),
        pytest.param([SIGNED], PRESIGNED, "IncompleteSignature", id="header and query"),
        pytest.param([], PRESIGNED + b"&X-Amz-Credential=L", "IncompleteSignature", id="two keys"),
        pytest.param([], PRESIGNED + b"&x-amz-credential=L", "IncompleteSignature", id="two keys in two spellings"),
        pytest.param([], b"AWSAccessKeyId=K&Signature=0", "IncompleteSignature", id="version 2 in the query"),
        pytest.param([(b"authorization", b"AWS K:0")], b"", "IncompleteSignature", id="version 2"),
        pytest.param([(b"authorization", b"Bearer K")], b"", "IncompleteSignature", id="bearer"),
        pytest.param([(b"authorization", b"")], b"", "IncompleteSignature", id="empty"),
    ],
)
def test_what_can_not_be_checked_is_refused(headers: list[tuple[bytes, bytes]], query: bytes, code: str) -> None:
    denied = unsigned(headers, query)
    assert denied is not None
    assert denied.code == code


@pytest.mark.parametrize(
    ("path", "closed"),
    [
        ("/_ministack/reset", True),
        ("/_localstack/health", True),
        ("/_aws/lambda-url/abc/", True),
        ("/_aws/execute-api/abc/prod", True),
        ("/health", True),
        ("http://127.0.0.1:4566/_ministack/reset", True),
        ("/_lake/identity", False),
        ("/bucket/_ministack/reset", False),
        ("/", False),
    ],
)
def test_the_emulators_own_paths_are_closed(path: str, closed: bool) -> None:
    assert is_closed(path) is closed


def asked(app: Any, **scope: Any) -> list[Any]:
    """What an application answers to a request."""
    given = {"type": "http", "method": "GET", "path": "/bucket", "query_string": b"", "headers": [OURS], **scope}
    events = [{"type": "websocket.connect"} if given["type"] == "websocket" else {"type": "http.request", "body": b"all of it"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(given, receive, send))
    return sent


async def answering(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive()).get("body", b"")
    leave = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-allow-headers", b"*"), (b"etag", b"e")]
    await send({"type": "http.response.start", "status": 200, "headers": leave})
    await send({"type": "http.response.body", "body": body})


def gateway(known: Denied | None = None, signed: Denied | None = None) -> Gateway:
    return Gateway(
        answering,
        port=4566,
        known=lambda scope: known,
        signed=lambda scope, body: signed if body == b"all of it" else Denied("Body", ""),
        expected=lambda path: path.endswith("/waited-for"),
        answer=lambda scope, denied: ({"Content-Type": "text/plain"}, denied.code.encode()),
    )


def test_a_signed_request_reaches_the_emulator_with_its_body() -> None:
    started, content = asked(gateway(), headers=[OURS, SIGNED])
    assert started["status"] == 200
    assert content["body"] == b"all of it"


def test_no_answer_gives_other_sites_leave_to_read_it() -> None:
    started, _ = asked(SameOriginOnly(answering, HOSTS))
    assert started["headers"] == [(b"etag", b"e")]


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        pytest.param({}, {}, id="unsigned"),
        pytest.param({"known": Denied("Unknown", "")}, {"headers": [OURS, SIGNED]}, id="an unknown key"),
        pytest.param({"signed": Denied("Wrong", "")}, {"headers": [OURS, SIGNED]}, id="a wrong signature"),
        pytest.param({}, {"headers": [OURS, SIGNED], "path": "/_ministack/reset", "method": "POST"}, id="a closed path"),
        pytest.param({}, {"path": "/_ministack/cfn-response/guessed", "method": "PUT"}, id="a callback that nobody waits for"),
        pytest.param({}, {"path": "/_ministack/cfn-response/waited-for", "method": "POST"}, id="a callback as a form sends it"),
        pytest.param({}, {"headers": [SIGNED, (b"host", b"evil.example")]}, id="a foreign host"),
    ],
)
def test_all_else_is_refused(given: dict[str, Any], scope: dict[str, Any]) -> None:
    assert asked(gateway(**given), **scope)[0]["status"] == 403


def test_a_callback_that_a_stack_waits_for_needs_no_key() -> None:
    assert asked(gateway(), path="/_ministack/cfn-response/waited-for", method="PUT")[0]["status"] == 200


def test_there_is_no_websocket() -> None:
    assert asked(gateway(), type="websocket", headers=[OURS, SIGNED])[0]["type"] == "websocket.close"
