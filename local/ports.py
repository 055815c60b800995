"""Where a laptop listens: a port for AWS, and others at fixed distances from it, so that all of them move together."""

import socket
from collections.abc import Callable, Collection

from local.settings import PORT

AWS = 0
DATABASES: tuple[int, ...] = (1, *range(11, 40))
AIRFLOWS: tuple[int, ...] = tuple(range(2, 11))
# Of a laptop with one database and one Airflow, as most are.
USUAL = frozenset({AWS, DATABASES[0], AIRFLOWS[0]})
FARTHEST = max(*DATABASES, *AIRFLOWS)
# Two laptops that are this far apart never meet.
STEP = 50
LAST = 65535


def can_listen(port: int) -> bool:
    """Whether nobody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def first_taken(port: int, distances: Collection[int], free: Callable[[int], bool] = can_listen) -> int | None:
    """The first port that a laptop needs and somebody else has, None if it can have all of them.

    Args:
        port: The laptop's own.
        distances: Those of what it runs.
        free: Whether a port can be had.
    """
    return next((port + distance for distance in sorted(distances) if not free(port + distance)), None)


def free_base(distances: Collection[int], free: Callable[[int], bool] = can_listen) -> int | None:
    """The first of the usual ports of a laptop at which all that it needs can be had, None if there is none."""
    return next((port for port in range(PORT, LAST - FARTHEST, STEP) if first_taken(port, distances, free) is None), None)
