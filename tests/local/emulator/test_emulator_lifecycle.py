"""A laptop goes up and down, and keeps what it was given."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cli import main
from cli.context import Context
from local.errors import LaptopError, PortInUse
from local.laptop import Laptop
from tests.ports import free_port


def test_up_twice_is_once(laptop: Laptop) -> None:
    pid = laptop.status().pid
    assert laptop.up() is False
    assert laptop.status().pid == pid


def test_state_survives_down_and_up(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    laptop.up()
    laptop.client("s3").create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    laptop.client("s3").put_object(Bucket="kept", Key="a", Body=b"words")
    laptop.client("ssm").put_parameter(Name="/kept", Value="value", Type="String")

    assert laptop.down() is True
    assert laptop.status().running is False
    assert laptop.down() is False
    assert laptop.up() is True

    assert laptop.client("s3").get_object(Bucket="kept", Key="a")["Body"].read() == b"words"
    assert laptop.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "value"
    assert laptop.status().notes == ()


def test_a_killed_laptop_keeps_what_was_saved_and_says_so(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    laptop.up()
    laptop.client("ssm").put_parameter(Name="/kept", Value="value", Type="String")
    saved = laptop.settings.state / "emulator" / "ssm.json"
    end = time.monotonic() + 60
    while not (saved.exists() and "/kept" in saved.read_text()):
        assert time.monotonic() < end
        time.sleep(0.1)
    pid = laptop.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    assert laptop.up() is True

    assert laptop.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "value"
    assert "killed" in laptop.status().notes[0]


def test_two_laptops_know_nothing_of_each_other(laptop: Laptop, laptops: Callable[[], Laptop]) -> None:
    other = laptops()
    other.up()
    other.client("ssm").put_parameter(Name="/only-there", Value="value", Type="String")
    assert laptop.client("ssm").get_parameters(Names=["/only-there"])["InvalidParameters"] == ["/only-there"]


def test_a_taken_port_names_its_owner_and_the_option(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", laptop.settings.port))
        taken.listen()
        with pytest.raises(PortInUse, match=rf"port {laptop.settings.port} .* process {os.getpid()} .*--port"):
            laptop.up()


def test_a_port_that_was_asked_for_is_not_exchanged_and_one_that_was_free_the_last_time_is(
    laptops: Callable[[], Laptop], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, port = laptops().settings.home, free_port(following=2)
    monkeypatch.setenv("LAKE_HOME", str(home))
    (home / "port").write_text(f"{port}\n")
    with socket.socket() as taken:
        # Where its database is to listen.
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        for variable, options in (("", ["--port", str(port)]), (str(port), [])):
            monkeypatch.setenv("LAKE_PORT", variable)
            assert main.call(["up", *options]) != 0
            assert f"port {port + 1} on 127.0.0.1, which the laptop of port {port} needs as well," in capsys.readouterr().err
        monkeypatch.delenv("LAKE_PORT")
        try:
            assert main.call(["up"]) == 0
            told = capsys.readouterr()
            moved = Context(home=home).port
            assert moved != port
            assert f"is used by process {os.getpid()} " in told.err
            assert f"takes port {moved}" in told.err
            assert f"http://127.0.0.1:{moved}" in told.out
            # While it runs, what is asked for by the environment is no reason to do anything.
            monkeypatch.setenv("LAKE_PORT", str(port))
            assert main.call(["up"]) == 0
            assert main.call(["up", "--port", str(port)]) != 0
            assert f"runs already, at port {moved}" in capsys.readouterr().err
        finally:
            main.call(["down"])


def test_a_copy_of_a_laptop_that_runs_does_not_take_it_down(laptop: Laptop, tmp_path: Path) -> None:
    (tmp_path / "emulator.pid").write_bytes(laptop.settings.pid_file.read_bytes())
    assert Laptop(tmp_path, free_port(following=2)).down() is False
    assert laptop.running


def test_a_stale_pid_file_is_no_obstacle(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (laptop.settings.home / "emulator.pid").write_text(f'{{"pid": {other.pid}, "started": "Thu Jan  1 00:00:00 1970"}}')
    try:
        assert laptop.up() is True
        assert laptop.down() is True
        assert other.poll() is None
    finally:
        other.communicate()


def test_a_laptop_that_can_not_start_says_why(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    laptop.settings.state.mkdir(parents=True)
    (laptop.settings.home / "calls.json").write_text("no JSON")
    with pytest.raises(LaptopError, match="JSONDecodeError"):
        laptop.up()
    (laptop.settings.home / "calls.json").unlink()


def addresses_of(pid: int) -> Iterator[tuple[str, int]]:
    """Addresses that a process and its descendants listen on."""
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        for connection in process.net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                # A JVM's socket is one of IPv6.
                yield connection.laddr.ip.removeprefix("::ffff:"), connection.laddr.port


def test_all_of_it_listens_on_loopback_only(laptop: Laptop) -> None:
    pid = laptop.status().pid
    assert pid is not None
    addresses = set(addresses_of(pid))
    assert ("127.0.0.1", laptop.settings.port) in addresses
    assert {address for address, _port in addresses} == {"127.0.0.1"}


def test_status_says_how_true_each_service_is(laptop: Laptop) -> None:
    services = {service.name: service for service in laptop.status().services}
    assert services["Glue jobs"].truth == "real"
    assert services["KMS"].truth == "recorded only"
    assert all(service.sentence.endswith(".") for service in services.values())
    assert laptop.status().as_json()["services"][0]["name"] == "S3"
