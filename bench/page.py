"""The figures as a person reads them: a table on the terminal and `docs/benchmarks.md`."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from statistics import median

from bench.measure import Figure

_HEAD = "| what | ours (min / median / max) | against | median | ratio | to reach | |\n| --- | --- | --- | --- | --- | --- | --- |\n"


def _spread(values: Sequence[float], unit: str) -> str:
    return f"{min(values):.2f} / {median(values):.2f} / {max(values):.2f} {unit}"


def _row(figure: Figure) -> str:
    peer = f"{figure.limit:g} {figure.unit}" if figure.limit is not None else f"{median(figure.peer):.2f} {figure.unit}"
    mark = "reached" if figure.reached else "**missed**"
    return (
        f"| {figure.name} | {_spread(figure.ours, figure.unit)} | {figure.peer_name} | {peer} "
        f"| {figure.ratio:.2f} | ≤ {figure.bound:g} | {mark} |\n"
    )


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, one row a figure."""
    return _HEAD + "".join(_row(figure) for figure in figures)


def machine() -> str:
    """What it ran on, in one line: cores, memory, system and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = ", ".join(f"{name} {version(name)}" for name in ("pyspark", "duckdb", "aws-cdk-lib"))
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, Python {platform.python_version()}, {parts}"
