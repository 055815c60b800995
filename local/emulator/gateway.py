"""The one way into the laptop's AWS: requests of this machine's own, signed with a key that the laptop knows.

The emulator has doors of its own that ask for no signature (its own paths, anonymous S3, sign-in pages, function URLs, …). None of them is
reached by a request that did not pass here.
"""

import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.same_origin import Asgi, Headers, SameOriginOnly, hosts_of, refuse

# A function of a stack's custom resource tells its outcome there, as it tells S3 on AWS: whoever has been told the address may write.
CALLBACKS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
OWN_DOCUMENTS = "/_lake/"
ALGORITHM = "AWS4-HMAC-SHA256"
_QUERY = ("x-amz-algorithm", "x-amz-credential", "x-amz-signature", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "awsaccesskeyid")
_HEALTH = "/health"


@dataclass(frozen=True)
class Denied:
    """Why a request is not answered.

    Attributes:
        code: As AWS calls it.
        message: What the caller should know.
        service: The one that the request is signed for, empty where that can't be told.
    """

    code: str
    message: str
    service: str = ""


def unsigned(headers: Headers, query_string: bytes) -> Denied | None:
    """Why a request has no signature that could be checked: it must have exactly one, in its header or in its query."""
    authorizations = [value.decode("latin-1") for name, value in headers if name.lower() == b"authorization"]
    query = urllib.parse.parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    in_query = [name.lower() for name, _ in query if name.lower() in _QUERY]
    if not authorizations and not in_query:
        return Denied("MissingAuthenticationToken", "the laptop's AWS answers signed requests only; `lake aws-env` prints the key")
    if len(authorizations) + bool(in_query) > 1 or len(in_query) != len(set(in_query)):
        return Denied("IncompleteSignature", "a request is signed once, in its Authorization header or in its query")
    algorithms = [text.partition(" ")[0] for text in authorizations] or [text for name, text in query if name.lower() == _QUERY[0]]
    if algorithms != [ALGORITHM]:
        return Denied("IncompleteSignature", f"a request is signed with {ALGORITHM}, which boto3's links need signature_version='s3v4' for")
    return None


def is_callback(method: str, path: str) -> bool:
    """Whether a request tells the outcome of a custom resource, at an address that is a secret of its own."""
    return method == "PUT" and path.startswith(CALLBACKS)


def is_closed(path: str) -> bool:
    """Whether a path is the emulator's own, which nobody outside needs; no bucket's name begins with an underscore."""
    return not path.startswith("/") or path == _HEALTH or (path.startswith("/_") and not path.startswith(OWN_DOCUMENTS))


class Gateway:
    """The ASGI application before the emulator's."""

    def __init__(
        self,
        emulator: Asgi,
        *,
        port: int,
        known: Callable[[Any], Denied | None],
        signed: Callable[[Any, bytes], Denied | None],
        expected: Callable[[str], bool],
        answer: Callable[[Any, Denied], tuple[dict[str, str], bytes]],
    ) -> None:
        """Guards an emulator.

        Args:
            emulator: Asked what passes.
            port: Where this is answered.
            known: Why a request's key is refused; asked before its body is read.
            signed: Why a request's signature is refused.
            expected: Whether somebody waits for what is told at a callback's path.
            answer: Headers and body of a refusal, as the service's clients read it.
        """
        self._emulator = emulator
        self._known = known
        self._signed = signed
        self._expected = expected
        self._answer = answer
        self._own = SameOriginOnly(self._of_this_machine, hosts_of(port))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one request."""
        await self._own(scope, receive, send)

    async def _of_this_machine(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._emulator(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await refuse(scope, receive, send, "the laptop's AWS has no WebSocket")
            return
        if is_callback(scope["method"], scope["path"]) and self._expected(scope["path"]):
            await self._emulator(scope, receive, send)
            return
        if is_closed(scope["path"]):
            await refuse(scope, receive, send, "this path is not for clients")
            return
        denied = unsigned(scope["headers"], scope["query_string"]) or self._known(scope)
        if denied is None:
            body = await _body(receive)
            if body is None:
                return
            denied = self._signed(scope, body)
            receive = _replayed(body, receive)
        if denied is not None:
            headers, content = self._answer(scope, denied)
            others = [
                (name.encode(), value.encode()) for name, value in headers.items() if name.lower() not in ("content-type", "content-length")
            ]
            await refuse(scope, receive, send, content, headers.get("Content-Type", "text/plain"), others)
            return
        await self._emulator(scope, receive, send)


async def _body(receive: Any) -> bytes | None:
    """All of a request's body; None if the client went away."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replayed(body: bytes, receive: Any) -> Any:
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Any:
        return parts.pop() if parts else await receive()

    return replay
