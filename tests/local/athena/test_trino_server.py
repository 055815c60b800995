"""Trino answers the one who has its folder's key, reads the laptop that it is pointed to, and ends when told."""

import json
import shutil
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import pytest

from local.errors import LaptopError
from local.laptop import Laptop
from local.processes import Process
from local.services.athena.trino.client import Column, Statement, TrinoFailed, token
from local.services.athena.trino.files import CATALOG, OPERATOR, Folder
from local.services.athena.trino.pointing import Target, lease
from local.services.athena.trino.rules import LISTER, Permission, Rules
from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server
from local.services.athena.trino.types import Type
from local.settings import ROOT

WRITER, ANA, BEA = (f"arn:aws:iam::111111111111:user/{name}" for name in ("writer", "ana", "bea"))


def test_it_answers_a_statement_in_trinos_own_words(server: Server) -> None:
    sql = "SELECT 1 AS n, 1e10 AS d, nan() AS x, 1.50 AS m, timestamp '2026-01-02 03:04:05.123456' AS t, map(array['a'], array[null]) AS p"
    answer = server.trino.run(sql, user="ana")
    assert answer.columns[:2] == (Column("n", Type("integer")), Column("d", Type("double")))
    assert [column.type for column in answer.columns[3:]] == [
        Type("decimal", (3, 2)),
        Type("timestamp", (6,)),
        Type("map", (), (Type("varchar", (1,)), Type("unknown"))),
    ]
    assert answer.rows == ((1, "1.0E10", "NaN", "1.50", "2026-01-02 03:04:05.123456", {"a": None}),)


def test_it_maps_its_classes_from_the_cache(server: Server) -> None:
    assert TrinoRuntime(ROOT).class_cache.exists()
    # A JVM that can't use it goes on, and says so.
    assert "[aot]" not in server.folder.log.read_text()


def test_a_mistake_has_athenas_name_and_its_place(server: Server) -> None:
    with pytest.raises(TrinoFailed, match="COLUMN_NOT_FOUND: line 2:3: Column 'nothing' cannot be resolved") as caught:
        server.trino.run("SELECT\n  nothing", user="ana")
    assert caught.value.kind == "USER_ERROR"


def test_a_statement_under_way_is_cancelled_from_another_thread(server: Server) -> None:
    endless = (
        "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x), UNNEST(sequence(1, 10000)) AS b(y), UNNEST(sequence(1, 10000)) AS c(z)"
    )
    statement = Statement(server.trino, endless, "ana")
    ended: list[InterruptedError] = []

    def run() -> None:
        try:
            statement.run()
        except InterruptedError as error:
            ended.append(error)

    running = threading.Thread(target=run)
    running.start()
    time.sleep(1)
    statement.cancel()
    running.join(60)
    assert len(ended) == 1


# --- Who gets in ----------------------------------------------------------------------------------------------------------------------


def asked(server: Server, headers: dict[str, str], path: str = "/v1/statement", scheme: str = "https") -> int | str:
    """The status that a stranger's statement gets, or how it failed."""
    address = f"{scheme}://127.0.0.1:{server.folder.read_port()}{path}"
    body = b"SELECT 1" if path == "/v1/statement" else None
    trusting = ssl.create_default_context(cafile=str(server.folder.certificate))
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=body, headers=headers), context=trusting, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException) as error:
        return type(error).__name__


def bearer(key: bytes, user: str, moment: float | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(key, user, time.time() if moment is None else moment)}"}


def test_only_a_fresh_token_of_the_folders_key_gets_in(server: Server) -> None:
    key = server.folder.read_key()
    assert asked(server, bearer(key, "ana")) == 200
    assert asked(server, {"X-Trino-User": "ana"}) == 401
    assert asked(server, {"Authorization": "Basic YW5hOg==", "X-Trino-User": "ana"}) == 401
    assert asked(server, bearer(b"another home's", "ana")) == 401
    assert asked(server, bearer(key, "ana", time.time() - 3600)) == 401
    unsigned = token(key, "ana", time.time()).rpartition(".")[0].partition(".")[2]
    assert asked(server, {"Authorization": f"Bearer eyJhbGciOiJub25lIn0.{unsigned}."}) == 401


def test_nobody_is_let_in_as_somebody_else(server: Server) -> None:
    class Pretending(Statement):
        @property
        def headers(self) -> dict[str, str]:
            return {**super().headers, "X-Trino-User": OPERATOR}

    with pytest.raises(TrinoFailed, match=f"PERMISSION_DENIED: Access Denied: User ana cannot impersonate user {OPERATOR}"):
        Pretending(server.trino, "SELECT 1", "ana").run()


def test_plain_http_is_not_spoken_and_other_addresses_are_not_listened_on(server: Server) -> None:
    assert isinstance(asked(server, bearer(server.folder.read_key(), "ana"), scheme="http"), str)
    port = server.folder.read_port()
    for address in ("127.0.0.2", "::1"):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            assert probe.connect_ex((address, port)) != 0


@pytest.mark.parametrize(
    "path", ["/v1/node", "/v1/thread", "/v1/jmx/mbean", "/ui/api/query", "/v1/service/trino", "/v1/memory", "/v1/task/x"]
)
def test_what_else_a_trino_serves_is_closed_to_strangers_and_to_callers(server: Server, path: str) -> None:
    assert asked(server, {}, path) in {401, 403, 404}
    assert asked(server, bearer(server.folder.read_key(), "ana"), path) in {401, 403, 404}


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT * FROM system.runtime.queries", "TABLE_NOT_FOUND"),
        ("SHOW SCHEMAS FROM system", "PERMISSION_DENIED"),
        (f"SELECT * FROM {CATALOG}.system.iceberg_tables", "TABLE_NOT_FOUND"),
        ("CALL system.runtime.kill_query('20260101_000000_00000_aaaaa', 'x')", "PERMISSION_DENIED"),
        ("CREATE CATALOG other USING iceberg WITH (a = 'b')", "PERMISSION_DENIED"),
        (f"DROP CATALOG {CATALOG}", "PERMISSION_DENIED"),
        ("SET SESSION query_max_run_time = '1h'", "PERMISSION_DENIED"),
        ("CREATE SCHEMA s", "PERMISSION_DENIED"),
        ("CREATE TABLE s.t AS SELECT 1 AS a", "PERMISSION_DENIED"),
        ("SELECT * FROM TABLE(system.builtin.nothing())", "FUNCTION_NOT_FOUND"),
    ],
)
def test_a_caller_reads_the_catalog_and_does_nothing_else(server: Server, first: tuple[Laptop, Target], statement: str, error: str) -> None:
    with lease(server.trino, first[1]), pytest.raises(TrinoFailed) as caught:
        server.trino.run(statement, user=ANA)
    assert caught.value.name == error


def test_a_caller_sees_no_statement_of_another(server: Server) -> None:
    assert asked(server, {}, "/v1/query") == 401
    server.trino.run("SELECT 'of bea'", user="bea")
    shown = {user: json.loads(server.trino.request("GET", "/v1/query", user=user)) for user in ("ana", "bea")}
    assert "SELECT 'of bea'" in {query["query"] for query in shown["bea"]}
    assert [query for query in shown["ana"] if query["session"]["user"] != "ana"] == []


# --- Where it points ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first(laptops: Callable[[], Laptop]) -> tuple[Laptop, Target]:
    """A laptop with a database `first`, and how Trino reads it."""
    return with_database(laptops(), "first")


def with_database(laptop: Laptop, name: str) -> tuple[Laptop, Target]:
    laptop.up()
    laptop.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    laptop.client("glue").create_database(DatabaseInput={"Name": name, "LocationUri": f"s3://{name}/tables"})
    return laptop, Target.of(laptop.settings)


def databases(server: Server) -> list[str]:
    found = server.trino.run("SHOW SCHEMAS", user=LISTER).rows
    return sorted(row[0] for row in found if row[0] != "information_schema")


def test_laptops_take_turns_and_a_query_keeps_its_own(server: Server, first: tuple[Laptop, Target], laptops: Callable[[], Laptop]) -> None:
    _, second = with_database(laptops(), "second")
    order: list[str] = []

    def ask_second() -> None:
        with lease(server.trino, second):
            order.append("second")
            assert databases(server) == ["second"]

    with lease(server.trino, first[1]):
        assert databases(server) == ["first"]
        waiting = threading.Thread(target=ask_second)
        waiting.start()
        waiting.join(0.5)
        assert databases(server) == ["first"]
        order.append("first")
    waiting.join(120)
    assert order == ["first", "second"]

    with lease(server.trino, first[1]), lease(server.trino, first[1]):
        assert databases(server) == ["first"]


def test_it_reads_a_table_with_the_laptops_key_and_says_how_much(server: Server, first: tuple[Laptop, Target]) -> None:
    ran = server.trino.run
    rules = Rules(server.folder)
    table = frozenset({"t"})
    with (
        lease(server.trino, first[1]),
        rules.permitted(WRITER, [Permission("first", table, changes=True)]),
        rules.permitted(ANA, [Permission("first", table)]),
        rules.permitted(BEA, [Permission("first", table, listed=True)]),
    ):
        ran("CREATE TABLE t AS SELECT x, cast(x AS varchar) AS s FROM UNNEST(sequence(1, 1000)) AS u(x)", user=WRITER, schema="first")
        answer = ran("SELECT count(*), sum(x) FROM t WHERE s <> '7'", user=ANA, schema="first")
        assert answer.rows == ((999, 500493),)
        assert answer.scanned_bytes > 0
        columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'first'"
        assert ran(columns, user=BEA).rows == (("x",), ("s",))
        with pytest.raises(TrinoFailed, match="PERMISSION_DENIED"):
            ran("SELECT count(*) FROM t", user=BEA, schema="first")
        with pytest.raises(TrinoFailed, match="EXCEEDED_SCAN_LIMIT"):
            ran("SELECT * FROM t", user=ANA, schema="first", scan_limit_bytes=1)


def test_a_key_that_the_laptop_does_not_know_reads_nothing(server: Server, first: tuple[Laptop, Target]) -> None:
    laptop, known = first
    with (
        lease(server.trino, Target(laptop.endpoint, known.region, known.key, "guessed")),
        pytest.raises(TrinoFailed),
    ):
        databases(server)


# --- Its process, with a stand-in for the JVM -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sleeping(TrinoRuntime):
    """A process that only waits, in the place of the JVM."""

    stays: bool = False

    @property
    def java(self) -> Path:
        return Path("/bin/sh")

    @property
    def jars(self) -> tuple[Path, ...]:
        return (Path("/nonexistent.jar"),)

    def command(self, folder: Folder) -> list[str]:
        script = f"{'trap : TERM; ' if self.stays else ''}while :; do sleep 0.1; done"
        return [str(self.java), "-c", script, f"-Dnode.data-dir={folder.data}"]


def test_one_that_runs_is_found_again_and_ends_when_told(tmp_path: Path) -> None:
    assert Server(tmp_path / "athena", Sleeping(tmp_path)).start() is True
    again = Server(tmp_path / "athena", Sleeping(tmp_path))
    process = again.process
    assert process is not None
    assert again.start() is False
    assert again.process == process

    assert again.stop() is True

    assert not process.alive
    assert Server(tmp_path / "athena", Sleeping(tmp_path)).stop() is False


def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    server = Server(tmp_path / "athena", Sleeping(tmp_path, stays=True))
    server.start()
    process = server.process
    assert process is not None
    assert server.stop(seconds=0.5) is True
    assert not process.alive


def test_the_copy_of_a_home_has_no_process(tmp_path: Path) -> None:
    server = Server(tmp_path / "athena", Sleeping(tmp_path))
    server.start()
    try:
        shutil.copytree(tmp_path / "athena", tmp_path / "copy")
        copy = Server(tmp_path / "copy", Sleeping(tmp_path))
        assert Process.load(copy.folder.process) == server.process
        assert copy.process is None
        assert copy.stop() is False
        assert server.process is not None
    finally:
        server.stop()


@pytest.mark.parametrize("goes", [shutil.rmtree, lambda folder: folder.rename(folder.parent / "moved")], ids=["deleted", "moved"])
def test_one_whose_home_goes_away_ends_by_itself(tmp_path: Path, goes: Callable[[Path], object]) -> None:
    server = Server(tmp_path / "athena", Sleeping(tmp_path, stays=True))
    server.start()
    process = server.process
    assert process is not None
    goes(tmp_path / "athena")
    assert process.wait(20)


def test_one_that_ends_as_it_starts_says_what_it_said(tmp_path: Path) -> None:
    server = Server(tmp_path / "athena", Sleeping(tmp_path))
    server.start()
    server.folder.log.write_text("no room\n")
    process = server.process
    assert process is not None
    process.kill_group()
    process.wait(10)
    with pytest.raises(LaptopError, match="no room"):
        server.wait_ready(5)
