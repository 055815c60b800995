"""Which processes listen where."""

from collections.abc import Iterator

import psutil


def owner_of(port: int) -> str:
    """Who listens on a TCP port, for a person; never fails, as the owner may be another user's."""
    for process in psutil.process_iter(["pid", "name"]):
        try:
            connections = process.net_connections(kind="tcp")
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if any(connection.status == psutil.CONN_LISTEN and connection.laddr.port == port for connection in connections):
            return f"process {process.info['pid']} ({process.info['name']})"
    return "another process"


def addresses_of(pid: int) -> Iterator[tuple[str, int]]:
    """Addresses that a process and its descendants listen on."""
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        for connection in process.net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                yield connection.laddr.ip, connection.laddr.port
