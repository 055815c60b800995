"""How a run is shown to a person: a line for each task and table, a table of rows, and at the end why something failed, once."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli.run.job_runs import TableOutcome
from cli.run.product_run import TaskRun
from cli.terminal import screen
from cli.terminal.bars import running_line
from cli.terminal.screen import Activity, Screen, cell, plain

MARKS = {
    "success": ("✓", "green"),
    "skipped": ("-", "dim"),
    "failed": ("✗", "red"),
    "upstream_failed": ("·", "dim"),
    "published": ("✓", "green"),
    "unchanged": ("=", "dim"),
}
WORDS = {"skipped": "not needed", "upstream_failed": "not started, as what it needs failed", "success": "done"}
SHOWN_ROWS = ("read", "merged", "superseded", "stale", "quarantined")


class Progress:
    """Writes to stderr, so that stdout stays for what was asked."""

    def __init__(self, console: Screen | None = None, *, brief: bool = False) -> None:
        """Shows nothing yet.

        Args:
            console: Where to, stderr unless given.
            brief: Count a task's tables instead of telling of each.
        """
        self.console = console or screen.stderr()
        self._brief = brief
        self._doing = "starting Airflow"
        self._began = time.monotonic()
        self._totals: Mapping[str, int] = {}
        # By its id a running task, and when it began.
        self._running: dict[str, tuple[TaskRun, float]] = {}
        self._causes: list[TableOutcome] = []
        # Rich asks for the lines at once.
        self._activity = Activity(self.console, self._lines)

    def __enter__(self) -> Self:
        self._activity.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._activity.__exit__(kind, error, trace)
        if error is not None:
            # Nobody will ask why tables failed.
            self._tell_causes(self._causes)

    def product(self, name: str, release: str, totals: Mapping[str, int] | None = None) -> None:
        """A product's run begins.

        Args:
            name: The product's.
            release: The deployed one.
            totals: How many tables each task writes, by the task's id, as far as it is known.
        """
        self.console.line_of(plain(name, "bold"), f", release {release}")
        self._totals = totals or {}
        self.doing("starting Airflow")

    def waiting(self, why: str) -> None:
        """A run can't start yet."""
        self.say(f"waiting: {why}")
        self.doing("waiting")

    def say(self, text: str) -> None:
        """Something else that a person should know."""
        self.console.line_of(text)

    def task(self, task: TaskRun) -> None:
        """A task has started or ended."""
        if task.state == "running":
            self._running[task.id] = (task, time.monotonic())
            if not self.console.is_interactive and not self._brief:
                self.console.line_of(f"  {task.id}: started ({task.job})")
            return
        self._running.pop(task.id, None)
        self.doing("between tasks")
        said = ", ".join(
            part
            for part in (
                WORDS.get(task.state, task.state),
                f"{len(task.tables)} table{'s'[: len(task.tables) != 1]}" if self._brief and task.tables else "",
                f"{task.seconds:.1f} s" if task.seconds else "",
                (task.job_run or "") if not self._brief else "",
            )
            if part
        )
        self.console.line_of(plain(*MARKS.get(task.state, ("?", "red"))), f" {task.id}: {said}")
        if task.note:
            self.console.line_of("    ", plain("!", "yellow"), f" {task.note}")

    def table(self, outcome: TableOutcome) -> None:
        """A table is done; why it failed is told at the end."""
        rows = ", ".join(f"{count:,} {what}" for what, count in outcome.rows.items() if count)
        said = ", ".join(part for part in (outcome.outcome, rows, f"{outcome.seconds:.1f} s" if outcome.seconds else "") if part)
        parts: list[str | Text] = ["    ", plain(*MARKS.get(outcome.outcome, ("✗", "red"))), f" {outcome.table}: {said}"]
        if outcome.error and outcome.outcome == "failed":
            self._causes.append(outcome)
        elif outcome.error:
            parts.append(f": {outcome.error}")
        if not self._brief:
            self.console.line_of(*parts)

    def summary(self, tables: Sequence[TableOutcome], seconds: float) -> None:
        """What a run did with its tables."""
        if tables and self._brief:
            sums = {name: sum(outcome.rows.get(name, 0) for outcome in tables) for name in SHOWN_ROWS}
            self.console.line_of(", ".join(f"{count:,} rows {name}" for name, count in sums.items() if count) or "no rows")
        elif tables:
            shown = Table(box=None, pad_edge=False, header_style="bold")
            shown.add_column("table", overflow="fold", min_width=12)
            shown.add_column("outcome")
            for name in (*SHOWN_ROWS, "seconds"):
                shown.add_column(name, justify="right")
            for outcome in tables:
                counts = [f"{outcome.rows[name]:,}" if name in outcome.rows else "" for name in SHOWN_ROWS]
                shown.add_row(*map(cell, (outcome.table, outcome.outcome, *counts, f"{outcome.seconds:.1f}")))
            self.console.show(shown)
        self.console.line_of(f"{seconds:.1f} s")

    def failure(self, task: TaskRun, options: str = "") -> None:
        """Why a task failed: the causes of its tables, else the end of its job's log and its own; and the command for the rest of the log.

        Args:
            task: It.
            options: Those of this command, for the next one.
        """
        failed = [outcome for outcome in task.tables if outcome.outcome == "failed" and outcome.error]
        cause = beyond(task.error or "", task.tables) if failed else task.error or "no cause given"
        if not failed:
            for line in task.log:
                # A table's line was shown when it was logged, and the last one is the cause.
                if TableOutcome.of_line(line) is None and not _says(line, cause):
                    self.console.line_of("    ", plain(line, "dim"))
        tables = f": {len(failed)} of {len(task.tables)} tables" if failed else ""
        self.console.line_of(plain(f"{task.id} failed", "red"), tables or ": ", cause if not failed else "")
        self._tell_causes(failed)
        if failed and cause:
            self.console.line_of(f"    {cause}")
        if task.log and task.job_run:
            self.console.line_of(f"All of its log: lake{options} logs {task.job_run} --lines 1000")

    def _tell_causes(self, failed: Sequence[TableOutcome]) -> None:
        for outcome in failed:
            self.console.line_of("    ", plain(outcome.table, "bold"), f": {outcome.error}")

    def doing(self, doing: str) -> None:
        """What is waited for while no task runs."""
        self._doing, self._began = doing, time.monotonic()

    def _lines(self) -> Sequence[RenderableType]:
        """What is going on, for a terminal."""
        if not self._running:
            return [running_line(self._doing, seconds=time.monotonic() - self._began)]
        return [
            running_line(task.id, done=len(task.tables), total=self._totals.get(task.id), what="tables", seconds=time.monotonic() - began)
            for task, began in list(self._running.values())
        ]


def beyond(cause: str, tables: Sequence[TableOutcome]) -> str:
    """What the cause of a job's failure says beyond the failures of its tables, of which it is the summary; empty where nothing.

    Args:
        cause: As Glue has it; it may be cut off.
        tables: The job's, in the order in which they ended.
    """
    failed = [outcome for outcome in tables if outcome.outcome == "failed"]
    skipped = sum(outcome.outcome == "skipped" for outcome in tables)
    told = "; ".join(f"{outcome.table}: {outcome.error}" for outcome in failed)
    # As medallion.outcomes.failure writes it.
    summary = f"{failed[0].step}: {len(failed)} of {len(tables)} tables failed" + (f", {skipped} skipped" if skipped else "") + f": {told}"
    said = " ".join(cause.split()).removeprefix("SystemExit: ")
    if " ".join(summary.split()).startswith(said):
        return ""
    return said.removeprefix(" ".join(summary.split())).strip(" ;")


def _says(line: str, cause: str) -> bool:
    said, known = " ".join(line.split()), " ".join(cause.split())
    # Before it a type may stand, and Glue cuts a long one off.
    return said.endswith(known) or said.startswith(known)
