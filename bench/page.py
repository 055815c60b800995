"""The figures as a person reads them: a table on the terminal and `docs/benchmarks.md`."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.measure import Figure

_HEAD = (
    "| what | ours (min / median / max) | against | its median | ratio | to reach | | measured |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)
_INTRODUCTION = """\
# Benchmarks

Written by `make bench`; nothing here is typed by hand. A ratio is the median of pairs that were taken in turn in the same run, or of ours
to a stated limit. "Of that" says where the time of the line above goes. `python -m bench --help` tells how to run one of them; each checks its result before it counts.

"""


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, one row a figure."""
    return _HEAD + "".join(_row(figure) for figure in figures)


def machine() -> str:
    """What it ran on, in one line: cores, memory, system and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = ", ".join(f"{name} {version(name)}" for name in ("pyspark", "duckdb", "aws-cdk-lib"))
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}, {parts}"
    )


@dataclass(frozen=True)
class Page:
    """`docs/benchmarks.md`: rows that were not measured this time stay, with the day on which they were."""

    path: Path

    def update(self, figures: Sequence[Figure]) -> None:
        """Puts figures in the place of those with the same name."""
        rows = self._rows()
        rows.update({figure.name: _row(figure) for figure in figures})
        self.path.write_text(f"{_INTRODUCTION}{_HEAD}{''.join(rows.values())}\nLast run on {machine()}.\n", encoding="utf-8")

    def _rows(self) -> dict[str, str]:
        if not self.path.exists():
            return {}
        lines = [line for line in self.path.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
        return {line.split(" | ")[0].removeprefix("| "): line + "\n" for line in lines[2:]}


def _spread(values: Sequence[float], unit: str) -> str:
    return f"{min(values):.2f} / {median(values):.2f} / {max(values):.2f} {unit}"


def _row(figure: Figure) -> str:
    peer = f"{figure.limit:g} {figure.unit}" if figure.limit is not None else f"{median(figure.peer):.2f} {figure.unit}"
    mark = "reached" if figure.reached else "**missed**"
    return (
        f"| {figure.name} | {_spread(figure.ours, figure.unit)} | {figure.peer_name} | {peer} "
        f"| {figure.ratio:.2f} | {'≥' if figure.more else '≤'} {figure.bound:.2f} | {mark} | {datetime.now(UTC):%Y-%m-%d} |\n"
    )
