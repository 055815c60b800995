"""The model that answers at `/_lake/model` of the laptop's AWS."""

import threading
from typing import TYPE_CHECKING

from local.emulator.process import Emulator
from local.service import Json, Service

if TYPE_CHECKING:
    from local.services.model.embedding import Likeness

PATH = "model"


class Model:
    """Answers questions; NumPy and the model come with the first one, so that a laptop that is asked none starts as fast as before."""

    def __init__(self) -> None:
        self._likeness: Likeness | None = None
        self._lock = threading.Lock()

    def answer(self, request: Json) -> Json:
        """Answers one request."""
        from local.services.model.answer import answer
        from local.services.model.embedding import Likeness

        with self._lock:
            self._likeness = self._likeness or Likeness()
        return answer(self._likeness, request)


def install(emulator: Emulator) -> None:
    """Answers questions of whoever can sign one: the roles of the account's jobs."""
    emulator.service(PATH, Model().answer)


SERVICE = Service(
    name="Model (provider local)",
    truth="real",
    sentence="No service of AWS: a small embedding model and rules answer extractions without a network; it is no language model.",
    install=install,
)
