"""What asks a model: one small protocol, and the ways in which a call may end without an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from medallion.manifest.errors import LakeError, Terminal, Transient


@dataclass(frozen=True)
class Question:
    """One call.

    Attributes:
        instructions: What the model is to do, of the contract alone.
        schema: The JSON schema of the answer.
        text: The document, or a part of it; data, never an instruction.
        problem: Why the answer of the attempt before was refused; None at the first one.
    """

    instructions: str
    schema: Mapping[str, Any]
    text: str
    problem: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a model answered.

    Attributes:
        text: As it came.
        model: The model that answered, by its own name.
        input_tokens: Of the question; None if the provider did not say.
        output_tokens: Of the answer, what the model thought included; None if the provider did not say.
    """

    text: str
    model: str
    input_tokens: int | None
    output_tokens: int | None


class Busy(Transient):
    """The call may be made again: the model's quota is used up, it is down, or too slow.

    Attributes:
        retry_after_seconds: When the provider wants to be asked again; None if it did not say.
        may_cost: Whether the call may have been answered, and so be charged, without the answer reaching us.
    """

    def __init__(self, sentence: str, *, retry_after_seconds: float | None = None, may_cost: bool = False) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds
        self.may_cost = may_cost


class NoAnswer(LakeError):
    """The model has answered that it does not answer; asked again, it would do the same.

    Attributes:
        code: `safety`, `length`, `empty`, `request` or `other`.
        sentence: What happened.
        answer: What came with it; its text may be a beginning.
    """

    def __init__(self, code: str, sentence: str, answer: Answer) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.answer = answer


class QuestionRefused(NoAnswer):
    """The API does not take the question, and leaves open whether it takes any: this document may be why, or what all questions share.

    It costs nothing. Whoever asks finds out, by other questions, whose fault it is.

    Attributes:
        refusal: What to say if no question is taken.
    """

    def __init__(self, found: str, advice: str, model: str) -> None:
        """What the API said.

        Args:
            found: Such as `the model answered with status 400`; nothing of the document.
            advice: What to do if no question is taken.
            model: The model's name as configured.
        """
        super().__init__("request", f"{found}, and takes other questions", Answer("", model, 0, 0))
        self.refusal = ModelRefused(f"{found}, to a control question as well: {advice}")


class ModelRefused(Terminal):
    """No call will succeed: the key is wrong, the model does not exist, or it does not take what all questions have in common."""


class Provider(Protocol):
    """A model that can be asked.

    Attributes:
        model: The model's name as configured; a part of the key of its answers.
        max_output_tokens: The most tokens that an answer may have, thoughts included, so that its worst price is known.
    """

    @property
    def model(self) -> str: ...  # noqa: D102

    @property
    def max_output_tokens(self) -> int: ...  # noqa: D102

    async def ask(self, question: Question) -> Answer:
        """Asks once, and does not try again by itself.

        Raises:
            Busy: The call may be made again.
            NoAnswer: It will not be answered.
            QuestionRefused: Nor, perhaps, will any other.
            ModelRefused: Nor will any other.
        """

    async def close(self) -> None:
        """Gives back connections."""
