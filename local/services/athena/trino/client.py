"""Statements over Trino's own protocol: HTTPS with the server's certificate, and a token of the home's key for each request.

Not the `trino` package: it turns numbers into Python's, and Athena shows them as Trino writes them.
"""

import base64
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

import urllib3

from local.services.athena.trino.files import AUDIENCE, CATALOG, Folder
from local.services.athena.trino.types import Type

type Kind = Literal["USER_ERROR", "INTERNAL_ERROR", "INSUFFICIENT_RESOURCES", "EXTERNAL"]
"""Whose fault it is, in Trino's words."""

TOKEN_SECONDS = 120
CONNECT_SECONDS = 5.0
# Trino answers a request for more within a second, with or without rows; a machine that stands still may take longer.
READ_SECONDS = 120.0
RETRY_SECONDS = 60.0
# Just after a start, while the server does not know of itself as a node yet.
NOT_YET = frozenset({"NO_NODES_AVAILABLE", "SERVER_STARTING_UP"})
SCAN_LIMIT = "EXCEEDED_SCAN_LIMIT"
_BUSY = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


@dataclass(frozen=True)
class Column:
    """A column of an answer.

    Attributes:
        name: As the statement names it.
        type: Trino's.
    """

    name: str
    type: Type


@dataclass(frozen=True)
class Answer:
    """What a statement gave.

    Attributes:
        columns: In order; none where the statement has no rows to give.
        rows: As Trino sends them: numbers with a fraction or an exponent are its text, whole ones int; decimals, dates and times text;
            arrays and rows lists; maps objects; null None.
        scanned_bytes: What was read of the tables' files (`physicalInputBytes`).
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    scanned_bytes: int


class TrinoFailed(Exception):
    """Trino refused a statement or could not end it.

    Attributes:
        name: Its name of the error, which is Athena's, such as `TABLE_NOT_FOUND`.
        message: Its words, which begin with the place in the statement where it has one.
        kind: Whose fault it is.
        scanned_bytes: What had been read until then.
    """

    def __init__(self, name: str, message: str, kind: Kind, scanned_bytes: int = 0) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.kind = kind
        self.scanned_bytes = scanned_bytes


class TrinoUnreachable(Exception):
    """No Trino answers, or it does not know this home's key; the message says which and names no secret."""


class Trino:
    """The Trino of a folder, asked from as many threads as like."""

    def __init__(self, folder: Folder) -> None:
        """Knows it; nothing is asked.

        Args:
            folder: Where its address, certificate and key are; read for each statement, as another start has another address.
        """
        self.folder = folder
        self._pool: tuple[bytes, urllib3.PoolManager] | None = None
        self._lock = threading.Lock()

    def run(self, sql: str, *, user: str, schema: str | None = None, scan_limit_bytes: int | None = None) -> Answer:
        """What a statement gives; see `Statement`."""
        return Statement(self, sql, user, schema, scan_limit_bytes).run()

    def check_ready(self) -> None:
        """Asks it a statement.

        Raises:
            TrinoUnreachable: It does not answer yet.
        """
        if json.loads(self.request("GET", "/v1/info", user=None))["starting"]:
            raise TrinoUnreachable(f"the Trino of {self.folder.path} is still starting")
        self.run("SELECT 1", user="ready")

    def request(
        self, method: str, address: str, *, user: str | None, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """One request of its protocol.

        Args:
            method: Of HTTP.
            address: A path, or an address that Trino gave.
            user: Who asks; None for the few paths that are open to all who may connect.
            body: The statement.
            headers: Further ones.

        Raises:
            TrinoUnreachable: There is no answer, or one that is no success.
        """
        path = address if address.startswith("/") else urllib3.util.parse_url(address).request_uri
        own = {} if user is None else {"Authorization": f"Bearer {token(self.folder.read_key(), user, time.time())}"}
        end = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                answer = self._connections().request(
                    method,
                    f"https://127.0.0.1:{self.folder.read_port()}{path}",
                    body=None if body is None else body.encode(),
                    headers={"User-Agent": "lake", **(headers or {}), **own},
                )
            except (OSError, urllib3.exceptions.HTTPError) as error:
                raise TrinoUnreachable(f"no Trino of {self.folder.path} answers: {type(error).__name__}") from error
            if answer.status in _BUSY and time.monotonic() < end:
                time.sleep(0.1)
                continue
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise TrinoUnreachable(f"the Trino of {self.folder.path} answered {answer.status} to {method}")
            return answer.data

    def _connections(self) -> urllib3.PoolManager:
        certificate = self.folder.certificate.read_bytes()
        with self._lock:
            if self._pool is None or self._pool[0] != certificate:
                timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
                pool = urllib3.PoolManager(
                    maxsize=8, ca_cert_data=certificate.decode(), cert_reqs="CERT_REQUIRED", timeout=timeout, retries=False
                )
                self._pool = certificate, pool
            return self._pool[1]


@dataclass
class Statement:
    """One statement, run once.

    Attributes:
        trino: Whom it asks.
        sql: It itself, without a semicolon at its end.
        user: Who asks, for Trino's rules.
        schema: Where tables without a schema are.
        scan_limit_bytes: If it reads more, it ends as `EXCEEDED_SCAN_LIMIT`.
    """

    trino: Trino
    sql: str
    user: str
    schema: str | None = None
    scan_limit_bytes: int | None = None
    _next: str | None = None
    _cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def headers(self) -> dict[str, str]:
        """What goes with it."""
        given = {
            "X-Trino-User": self.user,
            "X-Trino-Source": "athena",
            "X-Trino-Catalog": CATALOG,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Language": "en",
            # Else timestamps are cut to three digits.
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
            "X-Trino-Schema": self.schema,
            "X-Trino-Session": self.scan_limit_bytes and f"query_max_scan_physical_bytes={self.scan_limit_bytes}B",
        }
        return {name: value for name, value in given.items() if value}

    def run(self) -> Answer:
        """What it gives; waits for all of it.

        Raises:
            TrinoFailed: Trino refused it or could not end it.
            TrinoUnreachable: There is no Trino, or it went away.
            InterruptedError: It was cancelled.
        """
        end = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                return self._once()
            except TrinoFailed as error:
                if self._cancelled.is_set():
                    raise InterruptedError("Query was cancelled by user") from error
                if error.name not in NOT_YET or time.monotonic() > end:
                    raise
            time.sleep(0.2)

    def cancel(self) -> None:
        """Ends it from another thread; `run` then raises InterruptedError."""
        self._cancelled.set()
        if (address := self._next) is not None:
            self.trino.request("DELETE", address, user=self.user)

    def _once(self) -> Answer:
        columns: tuple[Column, ...] = ()
        rows: list[tuple[Any, ...]] = []
        page = self._page("POST", "/v1/statement")
        while True:
            if "error" in page:
                raise _failure(page)
            if not columns and "columns" in page:
                columns = tuple(Column(column["name"], Type.of(column["typeSignature"])) for column in page["columns"])
            rows.extend(tuple(row) for row in page.get("data") or ())
            self._next = page.get("nextUri")
            if self._next is None:
                # Trino looks once a second, and a quick query has ended by then; a change is done by then and can't be taken back.
                limit_bytes = self.scan_limit_bytes if page.get("updateType") is None else None
                if limit_bytes is not None and (scanned := _scanned(page)) > limit_bytes:
                    limit = f"Query has exceeded the scan limit of {limit_bytes}B"
                    raise TrinoFailed(SCAN_LIMIT, limit, "INSUFFICIENT_RESOURCES", scanned_bytes=scanned)
                return Answer(columns, tuple(rows), _scanned(page))
            if self._cancelled.is_set():
                self.trino.request("DELETE", self._next, user=self.user)
                raise InterruptedError("Query was cancelled by user")
            page = self._page("GET", self._next)

    def _page(self, method: str, address: str) -> dict[str, Any]:
        body, headers = (self.sql, self.headers) if method == "POST" else (None, None)
        answer = self.trino.request(method, address, user=self.user, body=body, headers=headers)
        page: dict[str, Any] = json.loads(answer, parse_float=str)
        return page


def token(key: bytes, user: str, moment: float) -> str:
    """A JSON web token that says who asks, signed with a home's key (HS256).

    Args:
        key: The secret.
        user: Trino takes the one for whom it is.
        moment: When it is made, seconds since the epoch.
    """
    claims = {"sub": user, "aud": AUDIENCE, "iat": int(moment), "exp": int(moment) + TOKEN_SECONDS}
    signed = b".".join(_url_safe(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + _url_safe(hmac.digest(key, signed, "sha256"))).decode()


def _url_safe(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _failure(page: Mapping[str, Any]) -> TrinoFailed:
    error = page["error"]
    return TrinoFailed(error["errorName"], error.get("message") or error["errorName"], error["errorType"], _scanned(page))


def _scanned(page: Mapping[str, Any]) -> int:
    return int(page["stats"]["physicalInputBytes"])
