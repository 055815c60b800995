import os
import socket
import subprocess
import sys
from pathlib import Path

from local.processes import Process, arguments, start_detached
from tests.local.waiting import until

# Its child leaves one behind that is nobody's child any more, and that SIGTERM does not end.
LEADER = """
import subprocess, sys, time
from pathlib import Path
from local.processes import end_rest_of_session
left, folder = "trap '' TERM; echo $$ > left; exec sleep 300", Path(sys.argv[1])
subprocess.run(["sh", "-c", f'sh -c "$1" > /dev/null 2>&1 &', "sh", left], cwd=folder, check=True)
while not (folder / "left").is_file() or not (folder / "left").read_text():
    time.sleep(0.01)
(folder / "ready").touch()
while not (folder / "go").exists():
    time.sleep(0.01)
end_rest_of_session()
(folder / "ended").touch()
"""


def test_the_one_that_leads_a_session_ends_what_was_left_in_it(tmp_path: Path) -> None:
    leader = Process.of(start_detached([sys.executable, "-c", LEADER, str(tmp_path)], {"PYTHONPATH": "."}, tmp_path / "log"))
    until((tmp_path / "ready").exists)
    left = Process.of(int((tmp_path / "left").read_text()))
    assert left.alive
    (tmp_path / "go").touch()
    until((tmp_path / "ended").exists)
    assert left.wait(0)
    assert leader.wait(60)


def test_one_that_leads_no_session_ends_nothing() -> None:
    with subprocess.Popen(["sleep", "300"]) as other:
        subprocess.run([sys.executable, "-c", "from local.processes import *; end_rest_of_session()"], check=True)
        assert other.poll() is None
        other.kill()


def test_a_command_line_is_what_the_process_was_started_with() -> None:
    assert arguments(os.getpid()) == tuple(sys.orig_argv)


def test_a_process_that_is_gone_has_no_command_line() -> None:
    beyond_all = 2**22 + 1
    assert arguments(beyond_all) == ()


def test_a_socket_that_a_server_lets_be_inherited_is_not_passed_on(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.set_inheritable(True)
        port = listening.getsockname()[1]
        process = Process.of(start_detached(["/bin/sleep", "60"], {}, tmp_path / "log"))
    try:
        with socket.socket() as asking:
            assert asking.connect_ex(("127.0.0.1", port)) != 0
    finally:
        process.kill_group()
