"""The sample lake's seed as Python modules: it is the team's data, and no package of the repository."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).resolve().parents[1] / "lakes" / "grocer" / "seed"
PACKAGE = "seed_under_test"


@cache
def seed(part: str = "load") -> ModuleType:
    """One file of the seed."""
    if PACKAGE not in sys.modules:
        _import(PACKAGE, FOLDER / "load.py")
    return sys.modules[PACKAGE] if part == "load" else importlib.import_module(f"{PACKAGE}.{part}")


def _import(name: str, file: Path) -> None:
    specification = importlib.util.spec_from_file_location(name, file, submodule_search_locations=[str(file.parent)])
    assert specification is not None
    assert specification.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(sys.modules[name])
