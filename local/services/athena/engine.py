"""Athena's engine on this laptop: a Trino of its own, one that several laptops share, or none."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from local.errors import LaptopError
from local.processes import Process
from local.services.athena.errors import QueryFailed
from local.services.athena.trino import pointing
from local.services.athena.trino.client import Trino, TrinoUnreachable
from local.services.athena.trino.pointing import Target
from local.services.athena.trino.rules import Rules
from local.services.athena.trino.runtime import TrinoRuntime
from local.services.athena.trino.server import Server
from local.services.athena.trino.warming import warm_up
from local.settings import ATHENA, ROOT, Settings

# It keeps nothing, and would take seconds to end by itself.
STOP_SECONDS = 0.0
_STOPPING = "the laptop's AWS is being stopped"

type State = Literal["off", "down", "starting", "up"]

SAID: dict[State, str] = {
    "off": f"Athena answers no queries, as {ATHENA} is off",
    "down": "Athena's engine does not run; the next query starts it",
    "starting": "Athena's engine is starting; the first query waits for it",
    "up": "Athena's engine is up",
}


class Engine:
    """What queries run on."""

    def __init__(self, settings: Settings) -> None:
        """Knows it; nothing is started.

        Args:
            settings: The laptop's.
        """
        self._target = Target.of(settings)
        self._is_own = not settings.athena
        self._server = Server(settings.engine, TrinoRuntime(ROOT)) if settings.engine is not None else None
        self._rules = Rules(self._server.folder) if self._server is not None else None
        self._ready: Process | None = None
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        """Whether it answers."""
        if self._server is None:
            return "off"
        process = self._server.process
        return "down" if process is None else "up" if process == self._ready else "starting"

    def start_beside(self, answering: threading.Event) -> None:
        """Starts a laptop's own in the background, once the laptop itself answers, and lets it load what queries need."""
        if self._is_own:
            threading.Thread(target=self._start_and_warm_up, args=(answering,), daemon=True, name="athena-engine").start()

    @contextmanager
    def lease(self, given_up: Callable[[], bool] = lambda: False) -> Iterator[tuple[Trino, Rules]]:
        """Trino, and who may do what there, both this laptop's for as long as the block; waits until it is up.

        Args:
            given_up: Whether nobody waits for it any more.

        Raises:
            InterruptedError: It was given up while other laptops had their turn.
            QueryFailed: There is none.
        """
        self._asked.set()
        with self._lease(given_up) as leased:
            yield leased

    def close(self) -> None:
        """Stops a laptop's own; what waits for it fails."""
        self._closing.set()
        if self._server is not None and self._is_own:
            self._server.stop(STOP_SECONDS)

    @contextmanager
    def _lease(self, given_up: Callable[[], bool] = lambda: False) -> Iterator[tuple[Trino, Rules]]:
        if self._server is None or self._rules is None:
            raise QueryFailed(
                "GENERIC_INTERNAL_ERROR",
                f"this laptop has no engine for Athena, as {ATHENA} is off; unset it, then `lake down` and `lake up`",
                system=True,
            )
        try:
            self._wait_ready(self._server)
            with pointing.lease(self._server.trino, self._target, given_up):
                yield self._server.trino, self._rules
        except TrinoUnreachable as error:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", f"Athena's engine went away: {error}", system=True) from error
        except LaptopError as error:
            raise QueryFailed("GENERIC_INTERNAL_ERROR", str(error), system=True) from error

    def _wait_ready(self, server: Server) -> None:
        with self._lock:
            process = server.process
            if process is not None and process == self._ready:
                return
            if self._closing.is_set():
                raise LaptopError(_STOPPING)
            server.start()
            try:
                server.wait_ready()
            except LaptopError as error:
                if self._closing.is_set():
                    raise LaptopError(_STOPPING) from error
                raise
            self._ready = server.process

    def _start_and_warm_up(self, answering: threading.Event) -> None:
        # Whoever takes the laptop up shall not wait for the work of this.
        answering.wait()
        try:
            with self._lease() as (trino, _):
                warm_up(trino, self._asked.is_set)
        except QueryFailed:
            if not self._closing.is_set():
                raise
