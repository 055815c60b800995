"""The terminal, as everything but JSON and plain lines is shown on it: tables, colours, progress.

What is printed is text, whoever wrote it: no markup, no emoji codes, and a character that would act on the terminal is shown instead. The
only module that makes a Console or a Text (tests/unit/cli/terminal/test_screen.py holds it).
"""

import os
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cli.terminal.characters import lines, one_line

# Nothing a person can see is gained by more.
REFRESHED_A_SECOND = 8
# Each row is as wide as the widest one, so there is an end to it in a pipe, too.
WIDEST = 4000


class Screen(Console):
    """A console whose strings are text; `is_interactive` where lines that are on it can be changed."""

    def __init__(self, stream: TextIO, *, width: int | None = None, terminal: bool | None = None) -> None:
        """A console on a stream.

        Args:
            stream: Where it writes.
            width: Its columns; None for the terminal's own.
            terminal: Whether it is a terminal; None to ask the stream, which Rich believes less than FORCE_COLOR.
        """
        is_terminal = stream.isatty() if terminal is None else terminal
        super().__init__(
            file=stream,
            width=width,
            force_terminal=is_terminal,
            # A terminal that does not say what it is, or says that it is dumb, may not know how to move its cursor.
            force_interactive=is_terminal and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"},
            markup=False,
            emoji=False,
            highlight=False,
        )

    def render_str(self, text: str, **options: Any) -> Text:
        """A string as text, whatever is in it."""
        return super().render_str(lines(text), **{**options, "markup": False, "emoji": False})

    def line_of(self, *parts: str | Text) -> None:
        """Prints one line, which the terminal folds and no copy of it breaks."""
        self.print(joined(*parts), soft_wrap=True)

    def show(self, table: Table) -> None:
        """Prints a table; a pipe has no width, so that there only what is longer than a page is folded."""
        if not self.is_terminal:
            self.width = max(self.width, Measurement.get(self, self.options.update(width=WIDEST), table).maximum)
        self.print(table)

    def on_broken_pipe(self) -> None:
        """Leaves the pipe's end to who called the command, as for all other output."""
        raise BrokenPipeError


def stdout() -> Screen:
    """The screen of what was asked."""
    return Screen(sys.stdout)


def stderr() -> Screen:
    """The screen of progress and failures, so that stdout stays for what was asked."""
    return Screen(sys.stderr)


def plain(text: str | Text, style: str = "") -> Text:
    """Text of one line or more, in a style."""
    return text if isinstance(text, Text) else Text(lines(text), style=style)


def joined(*parts: str | Text) -> Text:
    """Several pieces as one."""
    return Text.assemble(*(plain(part) for part in parts))


def cell(value: object) -> Text:
    """A value in one line: NULL is `NULL`, dim where there is colour; a text that reads like it is quoted as in SQL (`'NULL'`)."""
    if value is None:
        return Text("NULL", style="dim")
    if isinstance(value, bool):
        return Text("true" if value else "false")
    text = one_line(str(value))
    if text.strip("'") == "NULL":
        text = "'" + text.replace("'", "''") + "'"
    return Text(text)


class Activity:
    """What is going on, at the bottom of a terminal as long as it goes on; nothing where lines can't be changed."""

    def __init__(self, screen: Screen, show: Callable[[], Sequence[RenderableType]]) -> None:
        """Begins with `with`.

        Args:
            screen: Where it is shown; what is printed on it meanwhile goes above.
            show: Asked for the lines a few times a second; each is cut to the screen's width.
        """
        self._live = (
            Live(
                console=screen,
                get_renderable=lambda: Group(*show()),
                refresh_per_second=REFRESHED_A_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            if screen.is_interactive
            else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
