"""What all tests share: sizes, the order in which two workers take them, and a folder for the homes of laptops."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Groups that take longest come first, so that two workers end together.
LONGEST_FIRST = ("sample", "synth", "faults", "test_airflow", "emulator", "test_dynamodb", "test_grocer")
HOMES = "LAKE_TESTS_HOMES"


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
        # Postgres, run as another user where this is root, passes through it.
        Path(os.environ[HOMES]).chmod(0o711)
        config.add_cleanup(_remove_homes)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full-size"):
        left = [item for item in items if item.get_closest_marker("full_size")]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if item not in left]
    # A module goes with the lake that one of its tests asks for.
    of_the_sample = {item.path for item in items if "seeded" in getattr(item, "fixturenames", ())}
    groups = {item: "sample" if item.path in of_the_sample else _group(item.path) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONGEST_FIRST.index(groups[item]) if groups[item] in LONGEST_FIRST else len(LONGEST_FIRST))


def _group(path: Path) -> str:
    """What tests must stay together, as they share what takes long to make."""
    folder = path.parent.name
    return folder if folder in ("synth", "faults", "emulator") else path.stem


def _remove_homes() -> None:
    shutil.rmtree(os.environ.pop(HOMES))
