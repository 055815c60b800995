"""The process of a laptop: `python -m local.server`, with its settings in the environment."""

import fcntl
import os
import sys

from local.emulator.process import Emulator
from local.emulator.relocation import relocate
from local.iam_calls import CallLog
from local.processes import Process
from local.services.registry import SERVICES
from local.settings import Settings
from local.whole_file import write_whole


def main() -> None:
    """Serves a laptop until SIGTERM."""
    settings = Settings.from_environment()
    # Its state holds secrets.
    os.umask(0o077)
    # Held until this process ends: two of them would spoil one state.
    with (settings.home / "emulator.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another laptop runs on {settings.home}; take it down first with `lake down`")
        _serve(settings)


def _serve(settings: Settings) -> None:
    # Here too, for whoever started this process may not have lived to write it down.
    Process.of(os.getpid()).save(settings.pid_file)
    # The folder that it was started from may go away.
    os.chdir(settings.home)
    relocate(settings)
    emulator = Emulator(settings)
    calls = CallLog(settings.home / "calls.json")
    emulator.iam.on_decision = calls.add
    emulator.document("calls", calls.read)
    emulator.document("identity", lambda: {"home": str(settings.home), "pid": os.getpid()})
    emulator.document("status", emulator.status)
    emulator.at_stop(calls.save)
    for service in SERVICES:
        if service.install is not None:
            service.install(emulator)
    # Once all that exists has been started where it belongs.
    emulator.at_start(lambda: write_whole(settings.port_file, f"{settings.port}\n".encode()))
    emulator.run()


if __name__ == "__main__":
    main()
