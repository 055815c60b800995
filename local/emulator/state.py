"""What of a laptop survives its end, also where it was killed."""

import threading
import time
from pathlib import Path
from typing import Any

from local.settings import Settings

SNAPSHOT_SECONDS = 5.0


class State:
    """The state of an emulator on disk."""

    def __init__(self, settings: Settings, app: Any) -> None:
        self.changed = threading.Event()
        self._settings = settings
        self._app = app

    def begin(self) -> list[str]:
        """Marks the laptop as running; tells if it was not taken down the last time."""
        notes = []
        if self._running.exists():
            saved = max((file.stat().st_mtime for file in (self._settings.state / "emulator").glob("*.json")), default=0.0)
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(saved)) if saved else "never"
            notes.append(
                f"the laptop was not taken down the last time but killed: S3 objects and databases are as they were, "
                f"all else is as it was last saved ({when}); if something is missing, deploy again"
            )
        self._running.touch()
        return notes

    def end(self) -> None:
        """Marks the laptop as taken down."""
        self._running.unlink(missing_ok=True)

    def keep_saving(self) -> None:
        """Saves the state soon after each time that `changed` is set, and never returns."""
        from ministack.core import persistence

        # The emulator saves at SIGTERM only; a killed one would lose all but the objects of S3.
        while True:
            self.changed.wait()
            time.sleep(SNAPSHOT_SECONDS)
            self.changed.clear()
            persistence.save_all(self._app._build_persistence_save_dict())

    @property
    def _running(self) -> Path:
        return self._settings.state / "running"
