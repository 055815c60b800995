"""What all tests share: sizes, the order in which two workers take them, and a folder for the homes of laptops."""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Groups that take longest come first, so that all workers end together; but while the first one makes the laptop's home that others
# copy (tests/local/prepared.py), the others do what needs none. What mostly waits, for Airflow or for the end of a batch of letters, stands
# beside what computes all the time.
LONGEST_FIRST = (
    "sample",
    "spark",
    "synth",
    "test_airflow",
    "test_letters",
    "faults",
    "test_dynamodb",
    "emulator",
    "test_athena_laptop",
    "test_run_of_a_dag",
    "athena",
    "test_emulator_killed",
)
# Of a folder whose tests stay together, those that share nothing with the others.
ALONE = ("emulator/test_emulator_killed", "emulator/test_letters")
TOGETHER = ("athena", "emulator", "faults", "sample", "spark", "synth")
HOMES = "LAKE_TESTS_HOMES"
# What tests count (`record_property`) and the session tells at its end.
COUNTED = ("cells", "bypasses", "leaks")
# Of `local.settings`, which this file does not load.
ATHENA = "LAKE_ATHENA"
# Beside the homes: the folder of the Trino that all laptops of a session share (tests/local/shared_trino.py).
TRINO = "trino"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full-size",
        action="store_true",
        help="run the promises that hold at full size: all 1.47 million rows, bursts of 500, older versions",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full_size: repeats a promise at full size or on an older version; run by `make nightly`")
    if HOMES not in os.environ:
        os.environ[HOMES] = tempfile.mkdtemp(prefix="laptops-")
        os.environ[ATHENA] = str(Path(os.environ[HOMES]) / TRINO)
        config.add_cleanup(_remove_homes)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full-size"):
        left = [item for item in items if item.get_closest_marker("full_size")]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if item not in left]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(_group(item.nodeid)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for some in terminalreporter.stats.values() for report in some if getattr(report, "when", None) == "call"]
    counts = Counter[str]()
    for name, number in (counted for report in reports for counted in report.user_properties):
        counts[name] += number if name in COUNTED else 0
    cells, bypasses, leaks = (counts[name] for name in COUNTED)
    if cells or bypasses:
        terminalreporter.section("Lake Formation")
        terminalreporter.line(f"{cells} cells (a persona, a column) asked for, {bypasses} bypasses tried: {leaks} leaks")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return ByGroup(config, log)


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Gives tests that share what takes long to make to one worker, whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    """The folder of tests that share a laptop, a session of Spark or templates, else the module."""
    path = PurePosixPath(nodeid.partition("::")[0])
    together = path.parent.name in TOGETHER and f"{path.parent.name}/{path.stem}" not in ALONE
    return path.parent.name if together else path.stem


def _place(group: str) -> int:
    return LONGEST_FIRST.index(group) if group in LONGEST_FIRST else len(LONGEST_FIRST)


def _remove_homes() -> None:
    homes = Path(os.environ.pop(HOMES))
    if (homes / TRINO).exists():
        from local.services.athena.trino.runtime import TrinoRuntime
        from local.services.athena.trino.server import Server
        from local.settings import ROOT

        Server(homes / TRINO, TrinoRuntime(ROOT)).stop(0.0)
    shutil.rmtree(homes)
