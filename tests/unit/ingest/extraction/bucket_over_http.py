"""moto's S3 on a port, for processes that are killed: it answers in this process, one request after the other."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

S3 = "https://s3.eu-west-1.amazonaws.com"
_KEPT = ("content-type", "if-match", "if-none-match", "authorization", "x-amz-date", "x-amz-content-sha256")


class BucketServer(ThreadingHTTPServer):
    """The server.

    Attributes:
        requests: How many requests it has answered.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = 0
        # moto compares and writes in two steps.
        self.one_by_one = threading.Lock()

    @property
    def url(self) -> str:
        """The endpoint of S3."""
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def running(self) -> Iterator["BucketServer"]:
        """Runs it."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BucketServer

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() in _KEPT}
        with self.server.one_by_one:
            answer = requests.request(self.command, S3 + self.path, data=body, headers=headers, timeout=10)
            self.server.requests += 1
        try:
            self.send_response(answer.status_code)
            for name in ("ETag", "Content-Type"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)
        except ConnectionError:
            # Whoever asked was killed.
            self.close_connection = True

    def do_PUT(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *arguments: object) -> None:
        pass
