"""Ports for what a test starts on 127.0.0.1."""

import random
import socket

# Below the range from which systems take ports for outgoing connections: one of those could take a port between choice and use.
FIRST, LAST = 15000, 30000


def free_port(following: int = 0) -> int:
    """A port on which nothing listens.

    Args:
        following: How many of the next ports must be free as well.
    """
    while True:
        port = random.randrange(FIRST, LAST)
        if all(_is_free(port + step) for step in range(following + 1)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
