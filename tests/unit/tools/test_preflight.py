"""Each thing that a machine lacks is one line that says what to do."""

import ast
import dataclasses
from typing import Any

import pytest

from tests.unit.test_rooms import ROOT
from tools.preflight import GIGABYTE, NEEDED, PORTS, Machine, measured, problems

GOOD = Machine(
    root="/root/medallion Größe",
    set_up=False,
    installer=True,
    free=20 * GIGABYTE,
    memory=8 * GIGABYTE,
    asked_port=None,
    taken_ports=frozenset(),
    programs=frozenset({"make", "git"}),
    user=0,
    users=True,
    writable=True,
)


@pytest.mark.parametrize(
    "machine",
    [
        {},
        {"user": 1000, "users": False},
        {"free": 3 * GIGABYTE, "set_up": True},
        {"installer": False, "set_up": True},
        {"taken_ports": frozenset(range(4566, 4571))},
        {"asked_port": "4600", "taken_ports": frozenset({4566})},
        {"system": "Darwin", "libc": ""},
    ],
    ids=["root", "a user", "set up before", "set up before by a Python without pip", "the usual ports", "others' ports", "a Mac"],
)
def test_a_machine_that_has_all_is_let_through(machine: dict[str, Any]) -> None:
    assert problems(dataclasses.replace(GOOD, **machine)) == []


@pytest.mark.parametrize(
    ("machine", "about", "advice"),
    [
        ({"free": 3 * GIGABYTE}, "disk: 3.0 GB", "make room for 8 GB"),
        ({"memory": 2 * GIGABYTE}, "memory: 2.0 GB", "give the machine"),
        ({"programs": frozenset({"make"})}, "git: there is no git", "install it"),
        ({"installer": False}, "python: ", "python3-venv"),
        ({"libc": ""}, "system: ", "use another"),
        ({"asked_port": "http"}, "ports: LAKE_PORT=http", "unset LAKE_PORT"),
        ({"asked_port": "4600", "taken_ports": frozenset({4601})}, "ports: somebody listens on 4601", "unset LAKE_PORT"),
        ({"taken_ports": frozenset(base + NEEDED[-1] for base in PORTS)}, "ports: no three", "stop what listens"),
        ({"users": False}, "user: this is root", "make a user pgserver"),
        ({"writable": False}, "folder: ", "clone as the user"),
        ({"runs_programs": False}, "folder: ", "noexec"),
        ({"root": "/srv/50%"}, "folder: '/srv/50%' has '%'", "clone to another"),
        ({"cache": "/nonexistent/.cache/uv"}, "cache: ", "UV_CACHE_DIR"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else None,
)
def test_what_is_missing_is_one_line_with_what_to_do(machine: dict[str, Any], about: str, advice: str) -> None:
    (line,) = problems(dataclasses.replace(GOOD, **machine))
    assert line.startswith(about)
    assert advice in line
    assert "\n" not in line


def test_a_machine_that_lacks_several_things_is_told_of_all() -> None:
    assert len(problems(dataclasses.replace(GOOD, free=0, memory=0, users=False))) == 3


def test_this_machine_is_measured_without_changing_anything() -> None:
    assert measured().root == str(ROOT)


def test_the_oldest_python_can_read_it() -> None:
    source = (ROOT / "tools" / "preflight.py").read_text(encoding="utf-8")
    assert ast.parse(source, feature_version=(3, 9)).body
