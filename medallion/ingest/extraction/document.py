"""What comes next for a document, by the answers that there are."""

from dataclasses import dataclass
from typing import Literal

from medallion.ingest.extraction.answers import Answers
from medallion.ingest.extraction.split import parts

# The first answer, and one after the model was told what is wrong with that.
ATTEMPTS = 2


@dataclass(frozen=True)
class Document:
    """A document to ask about.

    Attributes:
        id: The SHA-256 of its content.
        text: Its text.
        again: Whether it is asked about once more if its answer was refused, as after `lake quarantine replay`.
    """

    id: str
    text: str
    again: bool = False


@dataclass(frozen=True)
class Ask:
    """There is a question to ask.

    Attributes:
        part: About which part.
        problem: Why the answer before was refused; None at first.
    """

    part: int
    problem: str | None = None


@dataclass(frozen=True)
class Done:
    """There is none left.

    Attributes:
        outcome: What became of the document.
        refused: A code and a sentence, if it was refused.
    """

    outcome: Literal["records", "none", "refused"]
    refused: str | None = None


def unasked(document: Document, prompt_version: str, model: str) -> Answers:
    """The answers about a document that nobody has been asked about."""
    # A document without a word says nothing; the API would refuse to be asked about it.
    ranges = tuple((part.start, part.start + len(part.text)) for part in parts(document.text) if part.text.strip())
    return Answers(document_id=document.id, prompt_version=prompt_version, model=model, parts=ranges)


def step(answers: Answers) -> Ask | Done:
    """What comes next; a part that is refused refuses the document, as some of its records would be wrong or missing."""
    records = 0
    for part in range(len(answers.parts)):
        calls = answers.of(part)
        if not calls:
            return Ask(part)
        last = calls[-1]
        if last.problem is not None:
            return Done("refused", last.problem) if last.final or len(calls) >= ATTEMPTS else Ask(part, last.problem)
        records += last.records
    return Done("records" if records else "none")
