"""Refuses what a web page of somebody else's sends to a port of the laptop, before anything else looks at it.

A page can't forge `Host`, `Origin` and `Sec-Fetch-Site`: the browser writes them. A `Host` of another name means that the page's own name
was made to lead here (DNS rebinding). Nothing here needs more than Python: Airflow's web server runs a copy of this file.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

type Asgi = Callable[[Any, Any, Any], Awaitable[None]]
type Headers = Iterable[tuple[bytes, bytes]]

# Of a request that no page started, and of one that the laptop's own page started.
OWN_SITES = (b"none", b"same-origin")
_FOR_OTHERS = (b"access-control-", b"timing-allow-origin", b"cross-origin-resource-policy")


def hosts_of(port: int) -> frozenset[bytes]:
    """What a client of this machine calls a port."""
    return frozenset({f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()})


def foreign(method: str, headers: Headers, hosts: frozenset[bytes]) -> str:
    """Why a request is not one of this machine's own, empty if it is.

    Args:
        method: HTTP's.
        headers: As they came, with names in lower case.
        hosts: What the port is called; see `hosts_of`.
    """
    given: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value.strip().lower())
    host = given.get(b"host", [])
    if len(host) != 1 or host[0] not in hosts:
        return f"Host: this port answers as {' or '.join(sorted(name.decode() for name in hosts))} only"
    if not set(given.get(b"origin", [])) <= {b"http://" + name for name in hosts}:
        return "Origin: another site's pages get no answer here"
    if not set(given.get(b"sec-fetch-site", [])) <= set(OWN_SITES):
        return "Sec-Fetch-Site: another site's pages get no answer here"
    if method == "OPTIONS":
        return "OPTIONS: no site is given leave here"
    return ""


class SameOriginOnly:
    """An ASGI application that others' pages can't reach, and whose answers they can't read."""

    def __init__(self, app: Asgi, hosts: frozenset[bytes]) -> None:
        """Wraps an application.

        Args:
            app: Asked what passes.
            hosts: What the port is called.
        """
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers one connection's request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reason = foreign(scope.get("method", "GET"), scope["headers"], self._hosts)
        if reason:
            await refuse(scope, receive, send, reason)
            return

        async def send_for_us(message: Any) -> None:
            if "headers" in message:
                kept = [(name, value) for name, value in message["headers"] if not name.lower().startswith(_FOR_OTHERS)]
                message = {**message, "headers": kept}
            await send(message)

        await self._app(scope, receive, send_for_us)


async def refuse(scope: Any, receive: Any, send: Any, reason: str | bytes, kind: str = "text/plain", headers: Headers = ()) -> None:
    """Answers 403, to a WebSocket's handshake too.

    Args:
        scope: The request.
        receive: Where its events come from.
        send: Where the answer goes.
        reason: The body.
        kind: The body's type.
        headers: Further ones.
    """
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    body = reason.encode() if isinstance(reason, str) else reason
    length = str(len(body)).encode()
    # What of the body was not read yet must not be taken for the next request.
    own = [(b"content-type", kind.encode()), (b"content-length", length), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": body})
