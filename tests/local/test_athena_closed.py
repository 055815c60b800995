"""DuckDB with the extensions that reach S3 and the web, closed: only the files of a query's own tables are left."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.settings import ROOT

# In the laptop's own environment, which has the extensions.
CLOSED = """
import json, sys
from local.services.athena.engine import Engine, Storage
engine = Engine(Storage(sys.argv[1], "eu-west-1", "key", "secret"))
engine._open(["s3://lake/shop/t/metadata/1.metadata.json"])
here = "a variable of this process"
answers = []
for sql in sys.argv[2:]:
    try:
        engine._connection.execute(sql).fetchall()
        answers.append("read")
    except Exception as error:
        answers.append(str(error))
print(json.dumps(answers))
"""
FORBIDDEN = (
    'SELECT * FROM "s3://other/x.parquet"',
    "SELECT * FROM 's3://lake/shop/u/x.parquet'",
    "SELECT * FROM read_text('s3://lake/shop/t2/x')",
    "SELECT * FROM iceberg_scan('s3://lake/shop/u/metadata/1.metadata.json')",
    'SELECT * FROM "http://{endpoint}/x.parquet"',
    "SELECT * FROM read_csv('http://{endpoint}/x.csv')",
    "SELECT * FROM read_blob('https://{endpoint}/x')",
)


class Bucket(BaseHTTPRequestHandler):
    """Answers every object with the same metadata, and remembers who was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        self.asked.append(self.path)
        content = json.dumps({"location": "s3://lake/shop/t"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    Bucket.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def answers(endpoint: str, *statements: str) -> list[str]:
    python = ROOT / ".tools" / "emulator" / "bin" / "python"
    done = subprocess.run([str(python), "-c", CLOSED, endpoint, *statements], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_nothing_but_the_files_of_the_tables_is_reached(endpoint: str) -> None:
    statements = [sql.format(endpoint=endpoint) for sql in FORBIDDEN]
    for sql, answer in zip(statements, answers(endpoint, *statements), strict=True):
        assert "file system operations are disabled" in answer, (sql, answer)
    assert {path.partition("?")[0] for path in Bucket.asked} == {"/lake/shop/t/metadata/1.metadata.json"}


def test_the_files_of_a_table_are_read(endpoint: str) -> None:
    assert answers(endpoint, "SELECT content FROM read_text('s3://lake/shop/t/metadata/1.metadata.json')") == ["read"]


def test_a_variable_of_the_process_is_no_table(endpoint: str) -> None:
    [answer] = answers(endpoint, "SELECT * FROM here")
    assert "Table with name here does not exist" in answer
