"""What a person waits for: the laptop coming up, a run with nothing to do, a clean clone's first query."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.measure import Figure, seconds, within
from bench.stage import PORT, ROOT, Stage

UP_SECONDS = 5.0
IDLE_RUN_SECONDS = 45.0
SETUP_SECONDS = 300.0
CLONE_SECONDS = 480.0


def figures(stage: Stage, repeats: int) -> list[Figure]:
    """Coming up again, and a run that finds nothing new."""
    ups = []
    for _ in range(repeats):
        stage.command("down")
        ups.append(seconds(lambda: stage.command("up", "--port", str(PORT))))
        assert stage.laptop.running
    # The first run settles what other benchmarks left.
    stage.command("run", "--json")
    idle = [seconds(lambda: _idle(stage)) for _ in range(repeats)]
    return [
        within("`lake up` of a known lake", ups, UP_SECONDS),
        within("`lake run` with nothing new", idle, IDLE_RUN_SECONDS),
    ]


def _idle(stage: Stage) -> None:
    told = json.loads(stage.command("run", "--json"))
    tables = [table for product in told["products"] for task in product["tasks"] for table in task["tables"]]
    # Of an exported table an empty window is remembered once a quarter of an hour, so that the next one begins at its end.
    outcomes = {table["outcome"] for table in tables if table["table"] not in stage.exported}
    assert outcomes == {"unchanged"}, f"a run with nothing new had outcomes {outcomes}"


def clone_figures() -> list[Figure]:
    """One clean clone of the last commit, with no cache: from `git clone` to the answer of the demo's query."""
    folder = Path(tempfile.mkdtemp(prefix="lake-clone-"))
    try:
        home = folder / "home"
        home.mkdir()
        # How packages are reached, and which Pythons the machine has: no cache.
        named = ("CERT", "CA_", "PIP_", "PYENV_ROOT")
        kept = {name: value for name, value in os.environ.items() if any(part in name for part in named)}
        environment = {**kept, "HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "LAKE_PORT": str(PORT + 20)}

        def make(target: str) -> None:
            subprocess.run(["make", target], cwd=folder / "clone", env=environment, check=True)

        def clone_and_set_up() -> None:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
            make("setup")

        set_up = seconds(clone_and_set_up)
        taken = set_up + seconds(lambda: make("demo"))
        make("clean")
        return [
            within("Clean clone to the end of its set-up (`make setup`)", [set_up], SETUP_SECONDS),
            within("Clean clone to first query (`make demo`)", [taken], CLONE_SECONDS),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
