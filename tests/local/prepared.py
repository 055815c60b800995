"""Homes of laptops that many tests begin with, each made once for all workers of a test session and copied from then on."""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import yaml

from bench.without_airflow import without_airflow
from local.services.glue.spark.configuration import OWN_FILE
from tests.conftest import HOMES
from tests.local.lake import ROOT, Lake, expect_few_rows, up
from tests.ports import free_port

GROCER = ROOT / "lakes" / "grocer"
# Enough that rows of every kind of dirt are there; a run takes seconds.
ROWS = 800
Kind = Literal["deployed", "seeded", "run once"]
BEFORE: dict[Kind, Kind | None] = {"deployed": None, "seeded": "deployed", "run once": "seeded"}


@contextmanager
def sample(kind: Kind, *, rows: int | None = ROWS, airflow: bool = False, batch_seconds: int | None = None) -> Iterator[Lake]:
    """The sample lake on a laptop of the caller's own.

    Args:
        kind: How far it is.
        rows: Of the largest tables; None for all.
        airflow: Whether it has the environment of Airflow that its configuration names; else its DAGs are run by `dag.test()`.
        batch_seconds: How long its Airflow waits for more letters; None for as long as its configuration says.
    """
    home = Path(tempfile.mkdtemp(prefix="laptop-"))
    try:
        _copy(_original(kind, rows), home)
        _fit(home, rows)
        if airflow:
            _give_airflow(home / GROCER.name, batch_seconds)
        with up(Lake(home, free_port(following=3), home / GROCER.name)) as lake:
            if airflow:
                lake.command("deploy")
            yield lake
    finally:
        shutil.rmtree(home)


def report_of(lake: Lake, by: Literal["seed", "first-run"]) -> Any:
    """What a command reported when the home was made."""
    return json.loads((lake.home / f"{by}.json").read_text())


def _original(kind: Kind, rows: int | None) -> Path:
    """The home that is copied; made by the first who asks for it, while others wait."""
    home = Path(os.environ[HOMES]) / (kind if kind == "deployed" else f"{kind} {rows or 'all'}").replace(" ", "-")
    before = BEFORE[kind]
    base = _original(before, rows) if before else None
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            work = Path(tempfile.mkdtemp(prefix=f"{home.name}-", dir=home.parent))
            if base:
                _copy(base, work)
            else:
                without_airflow(GROCER, work)
            _fit(work, rows)
            with up(Lake(work, free_port(following=3), work / GROCER.name)) as lake:
                _advance(lake, kind, rows)
            work.rename(home)
    return home


def _advance(lake: Lake, kind: Kind, rows: int | None) -> None:
    if kind == "deployed":
        lake.command("deploy")
    elif kind == "seeded":
        some = ("--rows", str(rows)) if rows else ()
        (lake.home / "seed.json").write_text(lake.command("seed", *some, "--json").out)
    else:
        (lake.home / "first-run.json").write_text(lake.command("run", "--json").out)


def _give_airflow(folder: Path, batch_seconds: int | None) -> None:
    shutil.copytree(GROCER, folder, dirs_exist_ok=True)
    if batch_seconds:
        file = folder / "config" / "local.yaml"
        configuration = yaml.safe_load(file.read_text())
        configuration["sources"]["mail"]["batch_seconds"] = batch_seconds
        file.write_text(yaml.safe_dump(configuration))


def _fit(home: Path, rows: int | None) -> None:
    if rows:
        expect_few_rows(home)
    else:
        (home / OWN_FILE).unlink(missing_ok=True)


def _copy(original: Path, home: Path) -> None:
    # Its owners too: the database's files are another user's where this is root.
    subprocess.run(["cp", "-a", f"{original}/.", str(home)], check=True)
