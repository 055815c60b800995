"""What of a laptop survives its end, also where it was killed."""

import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from local.settings import Settings

SNAPSHOT_SECONDS = 5.0
# Of the time, at most this share goes into saving the state of a service that was asked for a change, so that what is large is saved less
# often; and this one into that of any other, which a change may reach by way of the first.
SHARE = 0.02
SHARE_OF_OTHERS = 0.001
# What stacks are made of is changed after the request for it has been answered, and while its client asks whether that is done.
DEPLOYS = "cloudformation"
READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Scan")

type StateOf = Callable[[], Any]


class State:
    """The state of an emulator on disk."""

    def __init__(self, settings: Settings, app: Any) -> None:
        self._settings = settings
        self._app = app
        self._changed = threading.Condition()
        self._asked: set[str] = set()

    def keep(self, name: str, read: StateOf, load: Callable[[Any], None]) -> None:
        """Saves and loads the state of a service that the emulator does not have, as it does with its own.

        Args:
            name: The service.
            read: Gives what JSON can say.
            load: Is given that, before the port opens, if there is any.
        """
        self._app._state_map[name] = name
        self._app._loaded_modules[name] = SimpleNamespace(get_state=read, load_persisted_state=load)

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

    def note(self, service: str, operation: str, method: str) -> None:
        """Takes note of a request, which may have changed the state of a service, or of all."""
        if service != DEPLOYS and (method in ("GET", "HEAD") or operation.startswith(READS)):
            return
        config = self._app.SERVICE_REGISTRY[service]
        of_service = {config.get("state_key", config["module"]), *config.get("sub_modules", ())}
        with self._changed:
            self._asked |= set(self._app._state_map) if service == DEPLOYS else of_service
            self._changed.notify()

    def keep_saving(self) -> None:
        """Saves the state soon after each time that a change was noted, and never returns."""
        from ministack.core import persistence

        # The emulator saves at SIGTERM only; a killed one would lose all but the objects of S3.
        snapshots = Snapshots(persistence.save_all)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or snapshots.waiting)
            time.sleep(SNAPSHOT_SECONDS)
            with self._changed:
                asked, self._asked = self._asked, set()
            if asked:
                snapshots.want(self._app._build_persistence_save_dict(), asked)
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
        self._asked: set[str] = set()
        self._last: dict[str, tuple[float, float]] = {}

    @property
    def waiting(self) -> frozenset[str]:
        """The services that may have changed and were not saved since."""
        return frozenset(self._waiting)

    def want(self, states: Mapping[str, StateOf], asked: Collection[str]) -> None:
        """Takes note that services may have changed.

        Args:
            states: Of all of them.
            asked: Those that were asked to; the others may have changed by what these did.
        """
        self._waiting.update(states)
        self._asked.update(asked)

    def save(self, clock: Callable[[], float]) -> None:
        """Saves those whose turn it is.

        Args:
            clock: The time in seconds, which never goes back.
        """
        for name in sorted(self._waiting):
            begun = clock()
            last, took = self._last.get(name, (begun, 0.0))
            if begun - last >= took / (SHARE if name in self._asked else SHARE_OF_OTHERS):
                # Taken out before it is saved, so that a change meanwhile is saved the next time.
                state = self._waiting.pop(name)
                self._asked.discard(name)
                self._save_all({name: state})
                self._last[name] = begun, clock() - begun


def encode_quickly() -> None:
    """Has the emulator write its state by the compiled encoder; `json.dump` has only the one in Python, which takes eight times as long."""
    from ministack.core import persistence

    def dump(content: Any, file: IO[str], *, default: Callable[[Any], Any]) -> None:
        file.write(json.dumps(content, default=default))

    persistence.json = SimpleNamespace(dump=dump, load=json.load, JSONDecodeError=json.JSONDecodeError)
