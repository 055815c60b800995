"""The process of a laptop: `python -m local.server`, with its settings in the environment."""

import importlib
import importlib.util
import os

from local.emulator import Emulator
from local.iam_calls import CallLog
from local.services import SERVICES
from local.settings import Settings


def main() -> None:
    """Serves a laptop until SIGTERM."""
    settings = Settings.from_environment()
    # The folder that it was started from may go away.
    os.chdir(settings.home)
    emulator = Emulator(settings)
    calls = CallLog(settings.home / "calls.json")
    emulator.on_decision = calls.add
    emulator.document("calls", calls.read)
    emulator.document("identity", lambda: {"home": str(settings.home)})
    emulator.document("status", emulator.status)
    emulator.at_stop(calls.save)
    for service in SERVICES:
        if service.install is not None:
            service.install(emulator)
    if importlib.util.find_spec("local.athena") and importlib.util.find_spec("local.athena.service"):
        importlib.import_module("local.athena.service").install(emulator)
    emulator.run()


if __name__ == "__main__":
    main()
