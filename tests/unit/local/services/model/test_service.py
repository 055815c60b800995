"""The model as a service of the laptop."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

from local.emulator.process import Emulator
from local.service import Json
from local.services.model.service import SERVICE


class Services:
    """Keeps what a service answers."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[Json], Json]] = {}

    def service(self, path: str, answer: Callable[[Json], Json]) -> None:
        self.answers[path] = answer


def test_a_question_without_a_text_needs_no_model() -> None:
    emulator = Services()
    assert SERVICE.install is not None
    SERVICE.install(cast(Emulator, emulator))
    answer: Any = emulator.answers["model"]({"fields": [], "text": "", "instructions": ""})
    assert answer["records"] == []


def test_a_laptop_that_is_asked_nothing_loads_nothing() -> None:
    code = "import sys, local.services.model.service; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
