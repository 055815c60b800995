"""Which ports a laptop takes."""

import socket

import pytest

from local.ports import AIRFLOWS, DATABASES, FARTHEST, LAST, STEP, USUAL, can_listen, first_taken, free_base
from local.settings import PORT


def test_every_service_has_a_place_of_its_own_below_the_next_laptop() -> None:
    places = (0, *DATABASES, *AIRFLOWS)
    assert len(set(places)) == len(places)
    assert max(places) == FARTHEST < STEP


@pytest.mark.parametrize(
    ("taken", "first"),
    [(set(), None), ({4566}, 4566), ({4568, 4567}, 4567), ({4570, 4577}, None)],
    ids=["none", "its own", "those that follow", "ports that it does not need"],
)
def test_a_laptop_needs_its_own_port_and_those_of_what_it_runs(taken: set[int], first: int | None) -> None:
    assert first_taken(4566, USUAL, lambda port: port not in taken) == first


@pytest.mark.parametrize(
    ("taken", "base"),
    [(range(4566, 4571), PORT + STEP), ({4566, PORT + STEP + 2}, PORT + 2 * STEP), (range(LAST + 1), None)],
    ids=["the usual ones", "also some of the next ones", "all"],
)
def test_another_laptop_is_stepped_over(taken: range | set[int], base: int | None) -> None:
    assert free_base(USUAL, lambda port: port not in taken) == base


def test_what_a_laptop_ran_before_must_fit_as_well() -> None:
    assert free_base(USUAL | {11}, lambda port: port != PORT + 11) == PORT + STEP


def test_a_port_on_which_somebody_listens_is_not_free() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.listen()
        assert not can_listen(port)
    assert can_listen(port)
