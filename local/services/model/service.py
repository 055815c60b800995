"""The model that answers at `/_lake/model` of the laptop's AWS."""

from local.emulator.process import Emulator
from local.service import Service
from local.services.model.answer import answer
from local.services.model.embedding import Likeness

PATH = "model"


def install(emulator: Emulator) -> None:
    """Answers questions; the model is loaded by the first one."""
    likeness = Likeness()
    emulator.service(PATH, lambda request: answer(likeness, request))


SERVICE = Service(
    name="Model (provider local)",
    truth="real",
    sentence="No service of AWS: a small embedded model and rules answer extractions without a network; no language model is on the laptop.",
    install=install,
)
