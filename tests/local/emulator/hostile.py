"""Requests as a hostile page or another user of this machine would send them, byte for byte."""

import http.client
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from botocore.auth import S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PAGE = "https://evil.example"


@dataclass(frozen=True)
class Attempt:
    """One request; `Host` is the port's own unless a header says otherwise."""

    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def signed(self, address: str, key: str, secret: str, *, service: str = "s3", token: str | None = None) -> "Attempt":
        """The same with a signature in its header."""
        request = AWSRequest(self.method, f"http://{address}{self.path}", dict(self.headers), self.body)
        SigV4Auth(Credentials(key, secret, token), service, "eu-west-1").add_auth(request)
        return replace(self, headers=dict(request.headers.items()))

    def presigned(self, address: str, key: str, secret: str, *, service: str = "s3", seconds: int = 60) -> "Attempt":
        """The same with a signature in its query, which covers no body."""
        request = AWSRequest(self.method, f"http://{address}{self.path}")
        kind = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
        kind(Credentials(key, secret), service, "eu-west-1", expires=seconds).add_auth(request)
        return replace(self, path=str(request.url).partition(address)[2])

    def with_headers(self, **headers: str) -> "Attempt":
        """The same with further headers, which no signature covers."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}})

    def send(self, address: str) -> http.client.HTTPResponse:
        """Sends it; the answer's head is read, its body is not."""
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            connection.putrequest(self.method, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": address, **self.headers}.items():
                connection.putheader(name, value)
            if self.body or self.method in ("POST", "PUT"):
                connection.putheader("Content-Length", str(len(self.body)))
            connection.endheaders(self.body or None)
            return connection.getresponse()
        finally:
            connection.close()


FOREIGN = {
    "a rebound name as host": {"Host": "evil.example"},
    "a bucket's name as host": {"Host": "private.s3.localhost"},
    "another site's origin": {"Origin": PAGE},
    "the origin of a file or sandbox": {"Origin": "null"},
    "the origin of another port here": {"Origin": "http://127.0.0.1:9"},
    "a cross-site fetch": {"Sec-Fetch-Site": "cross-site"},
    "a fetch from another port here": {"Sec-Fetch-Site": "same-site"},
}
"""Headers that a browser adds to what a hostile page asks for."""

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}


def function_code(source: str) -> bytes:
    """A Lambda function's archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.py", source)
    return archive.getvalue()
