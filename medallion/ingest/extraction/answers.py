"""The raw answers of a model, durable in S3: what was once answered is not asked again, whatever becomes of the run.

A document has one object for each model and prompt version. It is written after each call and before the call is counted, so that a run
that was killed goes on behind the last answer; only calls that were on their way are made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from urllib.parse import quote

from medallion.ingest.extraction.objects import Changed, Objects
from medallion.ingest.extraction.split import Part
from medallion.manifest.frozen import Frozen
from medallion.manifest.names import answers_prefix


class Call(Frozen):
    """One call.

    Attributes:
        part: The part of the document that it was about, from 0.
        ticket: The reservation that paid for it; None where nothing is paid.
        text: The raw answer; None if none came, or if it says nothing of the document, as that to a control question.
        model: The model that answered, by its own name.
        records: How many a valid answer has.
        problem: A code and a sentence why the answer was refused, none came, or none was wanted; None if it is valid.
        final: Whether the model is not asked again after the problem.
        input_tokens: Of the question.
        output_tokens: Of the answer.
        counted: Whether the provider reported the tokens, or they are the most that they can be.
        cost_usd: What it cost.
        latency_ms: From the question to the answer, waiting before it not included.
        ended_at: When the answer came, UTC.
    """

    part: int
    ticket: str | None = None
    text: str | None = None
    model: str
    records: int = 0
    problem: str | None = None
    final: bool = False
    input_tokens: int
    output_tokens: int
    counted: Literal["reported", "worst"] = "reported"
    cost_usd: Decimal = Decimal(0)
    latency_ms: int
    ended_at: datetime


class Answers(Frozen):
    """All answers about one document.

    Attributes:
        document_id: The document.
        prompt_version: What was asked.
        model: Who was asked, by the name that is configured.
        parts: Where each part of the document begins and ends.
        calls: In the order in which they were made.
        outcome: What became of the document; None while questions are open.
        refused: A code and a sentence, if it was refused.
        ended_at: When the last answer came, UTC.
    """

    document_id: str
    prompt_version: str
    model: str
    parts: tuple[tuple[int, int], ...]
    calls: tuple[Call, ...] = ()
    outcome: Literal["records", "none", "refused"] | None = None
    refused: str | None = None
    ended_at: datetime | None = None

    def texts(self, document: str) -> tuple[Part, ...]:
        """The parts of the document."""
        return tuple(Part(document[start:end], start) for start, end in self.parts)

    def of(self, part: int) -> Sequence[Call]:
        """The calls about a part that were answered."""
        return [call for call in self.calls if call.part == part and call.text is not None]


@dataclass(frozen=True)
class AnswerStore:
    """Where the answers about the documents of one table are.

    Attributes:
        objects: The bronze bucket.
        table: The bronze table that is extracted.
        prompt_version: What is asked.
        model: Who is asked.
    """

    objects: Objects
    table: str
    prompt_version: str
    model: str

    def key(self, document_id: str) -> str:
        """The key of a document's answers."""
        return answer_key(self.table, self.prompt_version, self.model, document_id)

    async def read(self, document_id: str) -> tuple[Answers, str] | None:
        """A document's answers, and the ETag to replace them by; None if it was never asked about."""
        found = await self.objects.get(self.key(document_id))
        return (Answers.model_validate_json(found.body), found.etag) if found is not None else None

    async def write(self, answers: Answers, etag: str | None) -> tuple[Answers, str]:
        """Makes answers durable.

        Returns:
            What is durable now, and its ETag: these answers; or another run's, if that one was the first to have done with the document.
        """
        while True:
            try:
                return answers, await self.objects.put(self.key(answers.document_id), answers.model_dump_json().encode(), etag)
            except Changed:
                found = await self.read(answers.document_id)
                if found is not None and (found[0] == answers or found[0].outcome is not None):
                    return found
                etag = found[1] if found is not None else None


def answer_key(table: str, prompt_version: str, model: str, document_id: str) -> str:
    """The key of the answers about a document, in the bronze bucket."""
    return f"{answers_prefix(table)}/{prompt_version}/{quote(model, safe='')}/{document_id}.json"
