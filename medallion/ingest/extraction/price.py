"""What a call costs, and what it can cost at most."""

import json
from dataclasses import dataclass
from decimal import Decimal

from medallion.ingest.extraction.provider import Question

_MILLION = Decimal(1_000_000)
# What the API adds around the texts of a question: roles, turns, the mark of its end.
_FRAME_TOKENS = 64


@dataclass(frozen=True)
class Price:
    """What tokens cost, USD per million.

    Attributes:
        input: Of questions.
        output: Of answers, thoughts included.
    """

    input: Decimal
    output: Decimal

    def usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        """The price of a call."""
        return (self.input * input_tokens + self.output * output_tokens) / _MILLION


def most_input_tokens(question: Question) -> int:
    """A number of tokens that a question never has: no token is less than a byte."""
    texts = (question.instructions, json.dumps(question.schema), question.text, question.problem or "")
    return _FRAME_TOKENS + sum(len(text.encode()) for text in texts) + (512 if question.problem is not None else 0)
