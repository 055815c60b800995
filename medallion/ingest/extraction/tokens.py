"""How many tokens a question has at most, so that its worst price is known before it is asked."""

import json

from medallion.ingest.extraction.provider import Question

# What the API adds around the texts of a question: roles, turns, the mark of its end.
_FRAME_TOKENS = 64


def most_input_tokens(question: Question) -> int:
    """A number of tokens that a question never has: no token is less than a byte."""
    texts = (question.instructions, json.dumps(question.schema), question.text, question.problem or "")
    return _FRAME_TOKENS + sum(len(text.encode()) for text in texts) + (512 if question.problem is not None else 0)
