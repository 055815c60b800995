"""A laptop that was killed, or whose start was interrupted, is found again and leaves nothing running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from local.laptop import Laptop
from local.ports import can_listen
from local.services.rds.postgres import is_running
from tests.local.emulator.jobs import Jobs
from tests.local.emulator.stacks import Stack
from tests.local.emulator.test_glue_runs import SLEEP, assert_gone
from tests.local.emulator.test_rds import connect, database


@pytest.fixture(scope="module")
def busy(laptops: Callable[[], Laptop]) -> Laptop:
    """A laptop with a database."""
    laptop = laptops()
    laptop.up()
    Stack(laptop.client("cloudformation"), "sources").deploy(database())
    # Its state is saved every few seconds; taken down, it is saved at once.
    laptop.down()
    laptop.up()
    return laptop


@pytest.fixture
def bystander(busy: Laptop) -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else's."""
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    yield other
    other.communicate()


def kill(laptop: Laptop) -> None:
    pid = laptop.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)


def listeners(*ports: int) -> set[int]:
    return {port for port in ports if not can_listen(port)}


def test_down_stops_what_a_killed_laptop_left(busy: Laptop, bystander: subprocess.Popen[bytes]) -> None:
    jobs = Jobs(busy.client)
    jobs.make("left", SLEEP)
    run = jobs.start("left")
    jobs.wait("left", run, "RUNNING")
    group = busy.job_processes()[run]
    ports = (busy.settings.port, busy.postgres_port)
    assert listeners(*ports) == set(ports)
    # A run of another day, whose number is another process's by now.
    runs = busy.settings.state / "glue-runs"
    record = json.loads((runs / f"{run}.json").read_text())
    (runs / "jr_old.json").touch(mode=0o600)
    (runs / "jr_old.json").write_text(json.dumps({**record, "id": "jr_old", "pid": bystander.pid}))
    kill(busy)

    assert busy.down() is True

    assert_gone(group)
    assert listeners(*ports) == set()
    assert not is_running(busy.settings.state / "postgres" / "orders")
    assert bystander.poll() is None
    assert busy.down() is False
    busy.up()
    with connect(busy) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_number_of_a_dead_postgres_may_be_anybodys(busy: Laptop, bystander: subprocess.Popen[bytes]) -> None:
    busy.down()
    stale = busy.settings.state / "postgres" / "orders" / "postmaster.pid"
    stale.write_text(f"{bystander.pid}\n{stale.parent}\n0\n{busy.postgres_port}\n\n127.0.0.1\n")
    assert not is_running(stale.parent)
    assert busy.down() is False
    busy.up()
    assert bystander.poll() is None
    with connect(busy) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_nobody_else_can_read_the_state(busy: Laptop) -> None:
    settings = busy.settings
    assert {folder.stat().st_mode & 0o067 for folder in (settings.home, settings.state, settings.logs, settings.state / "postgres")} == {0}
    data = settings.state / "postgres" / "orders"
    assert data.stat().st_mode & 0o077 == 0
    files = [path for path in settings.home.rglob("*") if path.is_file() and not path.is_relative_to(data)]
    assert settings.state / "emulator" / "secretsmanager.json" in files
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_a_stack_that_was_just_deployed_is_deployed_again(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    laptop.up()
    cloudformation = laptop.client("cloudformation")
    made = {"Made": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/made", "Type": "String", "Value": "1"}}}
    never = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Never": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "DependsOn": "Made",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600"},
        },
    }
    cloudformation.create_stack(StackName="half", TemplateBody=json.dumps({"Resources": {**made, **never}}))
    time.sleep(12)  # Its state is saved every few seconds.
    assert cloudformation.describe_stacks(StackName="half")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    kill(laptop)
    laptop.up()

    assert any("stack half" in note for note in laptop.status().notes)
    also = {"Also": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/also", "Type": "String", "Value": "2"}}}
    Stack(laptop.client("cloudformation"), "half").deploy({**made, **also})
    found = laptop.client("ssm").get_parameters(Names=["/made", "/also"])["Parameters"]
    assert {one["Name"]: one["Value"] for one in found} == {"/made": "1", "/also": "2"}


def test_two_that_start_it_at_once_start_one(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    with ThreadPoolExecutor(3) as pool:
        started = list(pool.map(lambda one: one.up(), [Laptop(laptop.settings.home, laptop.settings.port) for _ in range(3)]))
    assert sorted(started) == [False, False, True]
    assert len(servers(laptop)) == 1


def test_a_laptop_whose_file_was_lost_is_found_again(laptops: Callable[[], Laptop]) -> None:
    laptop = laptops()
    laptop.up()
    pid = laptop.status().pid
    laptop.settings.pid_file.unlink()
    assert laptop.up() is False
    assert laptop.status().pid == pid
    laptop.settings.pid_file.unlink()
    assert laptop.down() is True
    assert servers(laptop) == []


def test_a_start_that_was_interrupted_is_found_again(laptops: Callable[[], Laptop], monkeypatch: pytest.MonkeyPatch) -> None:
    laptop = laptops()

    def interrupted(self: Laptop, process: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Laptop, "_adopt", interrupted)
        with pytest.raises(KeyboardInterrupt):
            laptop.up()
    end = time.monotonic() + 60
    while not laptop.settings.pid_file.exists():
        assert time.monotonic() < end
        time.sleep(0.05)

    assert laptop.up() is False
    assert len(servers(laptop)) == 1
    assert laptop.down() is True
    assert servers(laptop) == []


def test_a_second_server_on_the_same_state_gives_up(laptops: Callable[[], Laptop], tmp_path: Path) -> None:
    laptop = laptops()
    laptop.up()
    other = Laptop(laptop.settings.home, laptop.settings.port)
    command = [str(other._root / ".tools" / "emulator" / "bin" / "python"), "-m", "local.server"]
    done = subprocess.run(command, env=other._server_environment(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "another laptop runs on" in done.stderr
    assert laptop.running


def servers(laptop: Laptop) -> list[int]:
    """The processes that serve a laptop."""
    found = []
    for process in psutil.process_iter():
        try:
            if "local.server" in process.cmdline() and process.environ().get("LAKE_HOME") == str(laptop.settings.home):
                found.append(process.pid)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found
