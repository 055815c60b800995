"""The one Trino of a test session, which serves all of its laptops in turns."""

import os
from pathlib import Path

from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server
from local.settings import ROOT
from tests.conftest import HOMES, TRINO


def shared_trino() -> Server:
    """The server, started by the first who asks; it ends with the test session. Wait for it by `wait_ready`."""
    server = Server(Path(os.environ[HOMES]) / TRINO, TrinoRuntime(ROOT))
    server.start()
    return server
