"""A command that is told to end cleans up first, and ends with the exit code of an interrupt."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
# `lake down` of a laptop that takes its time, and tells what becomes of it.
SLOW = """
import signal, time
from cli import main
from cli.context import Context

class Slow:
    def down(self):
        try:
            print("begun", flush=True)
            input()
        finally:
            {in_clean_up}
            print("cleaned up", flush=True)

# Whatever the one who started the tests ignores, as a shell does for what it runs in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
{before}
Context.laptop = Slow()
main.run()
"""


def started(before: str = "", in_clean_up: str = "") -> subprocess.Popen[str]:
    """`lake down`, begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(before=before, in_clean_up=in_clean_up), "down"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_command_that_is_told_to_end_cleans_up(number: signal.Signals) -> None:
    with started() as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "cleaned up\n")
    assert "Interrupted" in err
    assert "Traceback" not in err


def test_the_second_signal_of_a_service_that_is_stopped_does_not_cut_the_clean_up_short() -> None:
    with started(in_clean_up="signal.raise_signal(signal.SIGTERM); signal.raise_signal(signal.SIGHUP)") as process:
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "cleaned up\n")


def test_nohup_keeps_its_meaning() -> None:
    with started(before="signal.signal(signal.SIGHUP, signal.SIG_IGN)") as process:
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate("\n", timeout=60)
    assert process.returncode == 0
    assert out.startswith("cleaned up\n")
