"""How a run is shown to a person: a line for each task and table, and a table of rows at the end."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.table import Table

from cli.job_runs import TableOutcome
from cli.product_run import TaskRun

MARKS = {
    "success": "[green]✓[/]",
    "skipped": "[dim]-[/]",
    "failed": "[red]✗[/]",
    "upstream_failed": "[dim]·[/]",
    "published": "[green]✓[/]",
    "unchanged": "[dim]=[/]",
}
WORDS = {"skipped": "not needed", "upstream_failed": "not started, as what it needs failed", "success": "done"}
# A cause may name many tables; all of it is in `lake run --json`.
CAUSE_CHARACTERS = 400
SHOWN_ROWS = ("read", "merged", "superseded", "stale", "quarantined")


class Progress:
    """Writes to stderr, so that stdout stays for what was asked."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or _stderr()
        self._status: Status = self.console.status("starting Airflow")
        self._running: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._status.stop()

    def product(self, name: str, release: str) -> None:
        """A product's run begins."""
        self.console.print(f"[bold]{name}[/], release {release}")
        self._status.update("starting Airflow")

    def waiting(self, why: str) -> None:
        """A run can't start yet."""
        self.console.print(f"waiting: {_escaped(why)}", soft_wrap=True)
        self._status.update("waiting")

    def task(self, task: TaskRun) -> None:
        """A task has started or ended."""
        if task.state == "running":
            self._running[task.id] = f"{task.id} ({task.job})"
            self._show_running()
            return
        self._running.pop(task.id, None)
        mark = MARKS.get(task.state, "[red]?[/]")
        said = ", ".join(
            part
            for part in (WORDS.get(task.state, task.state), f"{task.seconds:.1f} s" if task.seconds else "", task.job_run or "")
            if part
        )
        self.console.print(f"{mark} {task.id}: {said}", soft_wrap=True)
        if task.note:
            self.console.print(f"    [yellow]![/] {_escaped(task.note)}", soft_wrap=True)
        self._show_running()

    def _show_running(self) -> None:
        self._status.update(", ".join(self._running.values()) or "between tasks")

    def table(self, outcome: TableOutcome) -> None:
        """A table is done."""
        rows = ", ".join(f"{count:,} {what}" for what, count in outcome.rows.items() if count)
        error = f": [red]{_escaped(outcome.error)}[/]" if outcome.error else ""
        mark = MARKS.get(outcome.outcome, "[red]✗[/]")
        said = ", ".join(part for part in (outcome.outcome, rows, f"{outcome.seconds:.1f} s") if part)
        self.console.print(f"    {mark} {outcome.table}: {said}{error}")

    def summary(self, tables: Sequence[TableOutcome], seconds: float) -> None:
        """What a run did with its tables."""
        if tables:
            shown = Table(box=None, pad_edge=False, header_style="bold")
            shown.add_column("table", no_wrap=True, min_width=max(len(outcome.table) for outcome in tables))
            shown.add_column("outcome")
            for name in (*SHOWN_ROWS, "seconds"):
                shown.add_column(name, justify="right")
            for outcome in tables:
                counts = [f"{outcome.rows[name]:,}" if name in outcome.rows else "" for name in SHOWN_ROWS]
                shown.add_row(outcome.table, outcome.outcome, *counts, f"{outcome.seconds:.1f}")
            self.console.print(shown)
        self.console.print(f"{seconds:.1f} s")

    def failure(self, task: TaskRun, options: str = "") -> None:
        """Why a task failed, the end of its job's log, and the command for the rest of it, with the options of this one."""
        for line in task.log:
            if TableOutcome.of_line(line) is not None:
                # It was shown when it was logged.
                continue
            self.console.print(f"    [dim]{_escaped(line)}[/]", soft_wrap=True)
        self.console.print(f"[red]{task.id} failed[/]: {_escaped(_short(task.error or 'no cause given'))}", soft_wrap=True)
        if task.log and task.job_run:
            self.console.print(f"All of its log: lake{options} logs {task.job_run} --lines 1000", soft_wrap=True)


def _stderr() -> Console:
    # A log file has no width; a terminal knows its own.
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 160)


def _short(cause: str) -> str:
    line = " ".join(cause.split())
    return line if len(line) <= CAUSE_CHARACTERS else f"{line[:CAUSE_CHARACTERS]} …"


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
