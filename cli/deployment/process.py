"""The CDK CLI as a process that is followed: its lines, all of them in a log, and its end."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

LOGS_KEPT = 20
# Long enough for the CDK CLI to end by itself; nothing of a stack is lost by ending it, as CloudFormation works on its own.
PATIENCE_SECONDS = 10.0


def new_log(folder: Path, what: str) -> Path:
    """A file for what the CDK CLI says, with the oldest ones removed.

    Args:
        folder: Where logs of deployments are.
        what: Such as `deploy-dev`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)[: -(LOGS_KEPT - 1)]:
        old.unlink(missing_ok=True)
    return folder / f"{what}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.log"


def follow(command: Sequence[str], *, folder: Path, environ: Mapping[str, str], log: Path, on_line: Callable[[str], None]) -> int:
    """Runs a command to its end, or ends it when this process is told to end.

    Args:
        command: The command line.
        folder: Where it runs.
        environ: All of its environment variables.
        log: Gets what it writes to stdout and stderr, after what is in it.
        on_line: Called with each line of it.

    Returns:
        Its exit code.
    """
    with (
        log.open("a", encoding="utf-8") as kept,
        subprocess.Popen(
            command,
            cwd=folder,
            env=_without_colour(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C is for this command, which ends it and tells what goes on without it.
            start_new_session=True,
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                kept.write(line)
                kept.flush()
                on_line(line)
            return process.wait()
        except BaseException:
            _end(process)
            raise


def _without_colour(environ: Mapping[str, str]) -> dict[str, str]:
    # What a CI system sets for colours would put them into a log, and between the words that are read.
    return {**environ, "FORCE_COLOR": "0", "NO_COLOR": "1"}


def _end(process: "subprocess.Popen[str]") -> None:
    """Ends a process and all that it started: the CDK CLI's Node is a child of its own, and so is the application."""
    for number, patience in ((signal.SIGINT, PATIENCE_SECONDS), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue


__all__ = ["follow", "new_log"]
