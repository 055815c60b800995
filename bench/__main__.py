"""Runs the benchmarks and writes `docs/benchmarks.md`: `python -m bench [--only NAME …] [--repeats N] [--clone] [--page FILE]`."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import athena, dag_parse, extraction, gold, ingest, job_start, laptop, promotions, refine, small_tables
from bench.measure import Figure
from bench.page import Page, table
from bench.stage import ROOT, Stage, prepare, stage

BENCHMARKS: dict[str, Callable[[Stage, int], Iterable[Figure]]] = {
    "athena": athena.figures,
    "dag-parse": dag_parse.figures,
    "gold": gold.figures,
    "ingest": ingest.figures,
    "job-start": job_start.figures,
    "laptop": laptop.figures,
    "promotions": promotions.figures,
    "refine": refine.figures,
    "small-tables": small_tables.figures,
}
# These need no laptop.
ALONE: dict[str, Callable[[int], Iterable[Figure]]] = {"extraction": extraction.figures}


def main() -> int:
    """Exit code 0 if every figure is within its bound, or no verdict is wanted; 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=sorted({*BENCHMARKS, *ALONE}), default=[*BENCHMARKS, *ALONE], help="these only; the page is kept"
    )
    parser.add_argument("--repeats", type=int, default=5, help="pairs that count (default 5)")
    parser.add_argument(
        "--no-verdict", action="store_true", help="end well even where a figure is out of its bound: one pair decides nothing"
    )
    parser.add_argument("--clone", action="store_true", help="also time a clean clone without any cache (some minutes)")
    parser.add_argument("--lake", type=Path, default=ROOT / "lakes" / "grocer", help="a lake with a seed")
    parser.add_argument("--home", type=Path, default=ROOT / "build" / "bench", help="where the laptop is prepared that each of them copies")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "benchmarks.md", help="where the figures are written down")
    arguments = parser.parse_args()
    page, figures = Page(arguments.page), []
    page.path.parent.mkdir(parents=True, exist_ok=True)
    if not ALONE.keys() >= set(arguments.only):
        prepare(arguments.home, arguments.lake.resolve())
    for name in arguments.only:
        print(f"{name} …", file=sys.stderr, flush=True)
        if name in ALONE:
            figures += [_kept(page, figure) for figure in ALONE[name](arguments.repeats)]
            continue
        with stage(arguments.home, arguments.lake.name) as made:
            figures += [_kept(page, figure) for figure in BENCHMARKS[name](made, arguments.repeats)]
    if arguments.clone:
        figures += [_kept(page, figure) for figure in laptop.clone_figures()]
    print(table(figures))
    return 0 if arguments.no_verdict or all(figure.reached for figure in figures) else 1


def _kept(page: Page, figure: Figure) -> Figure:
    """Writes a figure down at once, so that it is kept whatever becomes of those after it."""
    page.update([figure])
    print(table([figure]), flush=True)
    return figure


if __name__ == "__main__":
    sys.exit(main())
