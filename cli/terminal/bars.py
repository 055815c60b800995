"""A line of a terminal that shows how far something is: its name, a bar where the end is known, seconds."""

import time

from rich.text import Text

from cli.terminal.screen import joined, plain

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TURNED_A_SECOND = 8
NAME_WIDTH = 22
BAR_WIDTH = 20


def running_line(name: str, *, seconds: float, done: int = 0, total: int | None = None, what: str = "", doing: str = "") -> Text:
    """One line; what does not fit into the screen's width is cut off at its end.

    Args:
        name: What is going on.
        seconds: For how long.
        done: How many of it are done.
        total: How many there are; None where nobody knows, which leaves the bar out.
        what: What is counted, such as `tables`.
        doing: What is being done just now.
    """
    parts = [plain(SPINNER[int(time.monotonic() * TURNED_A_SECOND) % len(SPINNER)], "cyan"), plain(" ")]
    if total:
        filled = min(BAR_WIDTH * done // total, BAR_WIDTH)
        parts += [
            plain(f"{name:<{NAME_WIDTH}} "),
            plain("━" * filled, "green"),
            plain("─" * (BAR_WIDTH - filled), "dim"),
            plain(f" {done}/{total} {what}, {seconds:.0f} s"),
        ]
    else:
        parts.append(plain(f"{name}, {seconds:.0f} s"))
    if doing:
        parts.append(plain(f"  {doing}", "dim"))
    line = joined(*parts)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
