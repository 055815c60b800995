"""Why a run failed, in one line, from what it wrote."""

import re
import signal
from collections.abc import Sequence

TRACEBACK = "Traceback (most recent call last):"
# What log4j writes, and what a JVM says while it ends.
LOG_LINE = re.compile(
    r"^(\d{2}/\d{2}/\d{2} |\d{4}-\d{2}-\d{2}[T ])\d{2}:\d{2}:\d{2}.*\b(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\b|^\s+at |^\s*\.\.\. \d+ more"
)
LONGEST = 1000


def cause_of(lines: Sequence[str], exit_code: int) -> str:
    """The cause of a failure.

    Args:
        lines: The end of what the driver wrote, both streams.
        exit_code: Of the process; negative is the signal that killed it.

    Returns:
        The line in which the driver says why it failed: its last one, or the exception of its last traceback.
    """
    if exit_code < 0:
        return f"the run's process was killed by {signal.Signals(-exit_code).name}"
    if exit_code in (128 + signal.SIGKILL, 128 + signal.SIGTERM):
        return f"the run's process was killed by {signal.Signals(exit_code - 128).name}"
    written = [line.rstrip() for line in lines if line.strip() and not LOG_LINE.match(line)]
    starts = [number for number, line in enumerate(written) if line.strip() == TRACEBACK]
    if starts:
        exception = _exception(written[starts[-1] + 1 :])
        if exception:
            return exception[:LONGEST]
    return (written[-1].strip() if written else f"the driver exited with code {exit_code} and wrote nothing")[:LONGEST]


def _exception(lines: Sequence[str]) -> str:
    for number, line in enumerate(lines):
        if not line.startswith((" ", "\t")):
            rest = lines[number + 1 :]
            if rest and rest[0].startswith(": "):
                # Py4J says which call failed and only then why.
                return rest[0][2:].strip()
            # What a script says after its traceback is its own summary.
            return line.strip() if not rest or _continues(rest) else rest[-1].strip()
    return ""


def _continues(rest: Sequence[str]) -> bool:
    # A message of several lines, such as a parse error with its SQL, is told by its first one.
    return any(line.startswith((" ", "\t", "==", "JVM stacktrace", "^^^", "---", "'")) for line in rest)
