"""What of a laptop survives its end, also where it was killed."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from local.settings import Settings

SNAPSHOT_SECONDS = 5.0
# Of the time, at most this share goes into saving a service's state, so that what is large is saved less often.
SHARE = 0.02

type StateOf = Callable[[], Any]


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
        snapshots = Snapshots(persistence.save_all)
        while True:
            if not snapshots.waiting:
                self.changed.wait()
            time.sleep(SNAPSHOT_SECONDS)
            if self.changed.is_set():
                self.changed.clear()
                snapshots.want(self._app._build_persistence_save_dict())
            snapshots.save(time.monotonic)

    @property
    def _running(self) -> Path:
        return self._settings.state / "running"


class Snapshots:
    """Which services' states are still to be saved, and when each one's turn is."""

    def __init__(self, save_all: Callable[[Mapping[str, StateOf]], None]) -> None:
        """Nothing waits.

        Args:
            save_all: Saves the states that functions give, by service.
        """
        self._save_all = save_all
        self._waiting: dict[str, StateOf] = {}
        self._next: dict[str, float] = {}

    @property
    def waiting(self) -> frozenset[str]:
        """The services that changed and were not saved since."""
        return frozenset(self._waiting)

    def want(self, states: Mapping[str, StateOf]) -> None:
        """Takes note that these services may have changed."""
        self._waiting.update(states)

    def save(self, clock: Callable[[], float]) -> None:
        """Saves those whose turn it is.

        Args:
            clock: The time in seconds, which never goes back.
        """
        for name in sorted(self._waiting):
            begun = clock()
            if begun >= self._next.get(name, begun):
                # Taken out before it is saved, so that a change meanwhile is saved the next time.
                state = self._waiting.pop(name)
                self._save_all({name: state})
                self._next[name] = begun + (clock() - begun) / SHARE


def encode_quickly() -> None:
    """Has the emulator write its state by the compiled encoder; `json.dump` has only the one in Python, which takes eight times as long."""
    from ministack.core import persistence

    def dump(content: Any, file: IO[str], *, default: Callable[[Any], Any]) -> None:
        file.write(json.dumps(content, default=default))

    persistence.json = SimpleNamespace(dump=dump, load=json.load, JSONDecodeError=json.JSONDecodeError)
