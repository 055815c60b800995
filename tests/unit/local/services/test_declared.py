"""What a service declares of itself is what it brings into an emulator."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from local.service import Service
from local.services.dynamodb import service as dynamodb
from local.services.registry import SERVICES
from local.services.s3 import service as s3
from local.settings import Settings


class Emulator:
    """Notes which types a service brings, and does nothing else of what it is asked."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home)
        self.types: set[str] = set()
        self.cloudformation = self.operations = self.iam = self.dynamodb = self.records = self

    def register_type(self, name: str, resource_type: object, *, tags: str | None = "Tags") -> None:
        self.types.add(name)

    def correct_type(self, name: str, correction: object, **options: object) -> None:
        self.types.add(name)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **options: None


def installed() -> Iterable[Any]:
    return [pytest.param(service, id=service.name) for service in SERVICES if service.install is not None]


@pytest.mark.parametrize("service", installed())
def test_a_service_brings_the_types_that_it_declares(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The one is a part of the emulator that runs, the other a file that nobody closes.
    monkeypatch.setattr(s3, "tell_versions", lambda: None)
    monkeypatch.setattr(dynamodb, "WriteLog", lambda path: None)
    emulator = Emulator(tmp_path)
    assert service.install is not None
    service.install(emulator)
    assert emulator.types == set(service.types)
