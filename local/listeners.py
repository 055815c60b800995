"""Which processes listen where."""

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
