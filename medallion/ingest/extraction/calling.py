"""One call: as fast as the model lets us, made again while it is busy, paid by a ticket; and whose fault it is where it is refused."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from medallion.ingest.extraction.answers import Call
from medallion.ingest.extraction.evidence import Searchable
from medallion.ingest.extraction.limits import Backoff, Rate
from medallion.ingest.extraction.provider import Answer, Busy, ModelRefused, NoAnswer, Provider, Question, QuestionRefused
from medallion.ingest.extraction.purse import Purse
from medallion.ingest.extraction.tokens import most_input_tokens
from medallion.ingest.extraction.validation import Records, validated
from medallion.manifest.engines.extraction.settings import Price
from medallion.manifest.model import Extraction

# To guess how many tokens a question has; the answer tells, and the guess is corrected.
_BYTES_OF_A_TOKEN = 4
# The text of a control question: no document is shorter, so what was reserved for a question about one pays for it.
CONTROL = "."
_CONTROLLED = "control: it was asked about no document, to see whether the model takes a question"


@dataclass(frozen=True)
class Task:
    """What is asked about each document.

    Attributes:
        extraction: What is extracted.
        instructions: The text before each document.
        schema: The schema of an answer.
    """

    extraction: Extraction
    instructions: str
    schema: Mapping[str, Any]


class NoMoney(Exception):
    """The budget is used up; what there is to ask waits for another run."""


class StillBusy(Exception):
    """The model was busy at each try; the document waits for the next run."""


@dataclass(frozen=True)
class _Asked:
    """What came of a question.

    Attributes:
        call: The call.
        refused: Why the API did not take it; None if it did.
        number: When the refusal came, among the questions that were sent.
    """

    call: Call
    refused: QuestionRefused | None = None
    number: int = -1


@dataclass
class Caller:
    """Asks a model.

    Attributes:
        task: What is asked.
        provider: Who is asked.
        rate: How fast.
        backoff: How to wait while it is busy.
        price: What it costs; None if nothing.
        purse: What pays for it; None where there is no budget.
    """

    task: Task
    provider: Provider
    rate: Rate
    backoff: Backoff = field(default_factory=Backoff)
    price: Price | None = None
    purse: Purse | None = None
    _numbers: Iterator[int] = field(default_factory=count, init=False, repr=False)
    # The last one of the questions that the API took.
    _taken: int = field(default=-1, init=False, repr=False)
    _control: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    def question(self, text: str, problem: str | None = None) -> Question:
        """The question about a part of a document."""
        return Question(self.task.instructions, self.task.schema, text, problem)

    def worst_usd(self, question: Question) -> Decimal:
        """What a call costs at most."""
        return self._usd(most_input_tokens(question), self.provider.max_output_tokens)

    async def call(self, part: int, question: Question, ticket: str | None, beside: list[Call]) -> Call:
        """Asks until there is an answer, and holds it against what was asked.

        Args:
            part: The part of the document.
            question: What is asked.
            ticket: What pays for the call; None if it is still to be reserved.
            beside: Takes up calls that answer nothing and cost something, lost ones and a control question; they are settled.

        Raises:
            NoMoney: The budget is used up.
            StillBusy: The model was busy at each try.
            ModelRefused: No call will succeed.
        """
        asked = await self._ask(part, question, ticket, beside)
        if asked.refused is not None:
            return await self._of_the_document(asked, asked.refused, beside)
        return self._judged(asked.call, question) if asked.call.problem is None else asked.call

    async def _of_the_document(self, asked: _Asked, refused: QuestionRefused, beside: list[Call]) -> Call:
        """The call whose question was refused, if that is the document's fault.

        It is if the API takes a question that is sent after the refusal came: all else is the same in both. So it is asked a control
        question, one for all refusals that wait for it, and a setting or a schema that it does not take refuses no document.

        Raises:
            ModelRefused: It takes no question.
        """
        call = asked.call
        # It cost nothing.
        ticket = call.ticket
        try:
            async with self._control:
                if self._taken > asked.number:
                    return call
                ticket = None
                control = await self._ask(call.part, self.question(CONTROL), call.ticket, beside)
        except BaseException:
            self.release(ticket)
            raise
        if control.refused is not None:
            self.release(control.call.ticket)
            raise refused.refusal
        beside.append(control.call.model_copy(update={"text": None, "problem": _CONTROLLED}))
        self._settle(control.call.ticket, control.call.cost_usd)
        return call.model_copy(update={"ticket": None})

    async def _ask(self, part: int, question: Question, ticket: str | None, beside: list[Call]) -> _Asked:
        attempt, sent = 0, False
        try:
            while True:
                ticket = ticket or await self._ticket(question)
                guess = most_input_tokens(question) // _BYTES_OF_A_TOKEN
                await self.rate.take(guess)
                number, began, sent = next(self._numbers), time.monotonic(), True
                try:
                    answer = await self.provider.ask(question)
                except Busy as busy:
                    sent = False
                    if busy.may_cost:
                        beside.append(self._lost(part, question, ticket, busy, began))
                        ticket = None
                    await self._wait(attempt, busy.retry_after_seconds)
                    attempt += 1
                    continue
                except NoAnswer as refusal:
                    call = self._counted(part, question, ticket, refusal.answer, began, guess, problem=str(refusal), final=True)
                    if isinstance(refusal, QuestionRefused):
                        return _Asked(call, refusal, next(self._numbers))
                except ModelRefused:
                    sent = False
                    raise
                else:
                    call = self._counted(part, question, ticket, answer, began, guess)
                self._taken = max(self._taken, number)
                return _Asked(call)
        except BaseException:
            # What became of a call that was on its way nobody knows; its ticket stays open.
            if not sent:
                self.release(ticket)
            raise

    def release(self, ticket: str | None) -> None:
        """Gives back what was reserved for a call that was not made."""
        self._settle(ticket, Decimal(0))

    def _settle(self, ticket: str | None, usd: Decimal) -> None:
        if ticket is not None and self.purse is not None:
            self.purse.settle(ticket, usd)

    async def _ticket(self, question: Question) -> str | None:
        if self.purse is None:
            return None
        # Not to wait: those whose tickets would have to be settled may be waiting for us.
        for ticket in await self.purse.reserve([self.worst_usd(question)], wait=False):
            return ticket
        raise NoMoney

    async def _wait(self, attempt: int, asked_for: float | None) -> None:
        if attempt + 1 >= self.backoff.tries or (asked_for or 0) > self.backoff.patience_seconds:
            raise StillBusy
        if asked_for is not None:
            self.rate.pause(asked_for)
        await asyncio.sleep(self.backoff.seconds(attempt, asked_for))

    def _judged(self, call: Call, question: Question) -> Call:
        result = validated(call.text or "", self.task.extraction, Searchable(question.text))
        if isinstance(result, Records):
            return call.model_copy(update={"records": len(result.records)})
        return call.model_copy(update={"problem": result.reason})

    def _counted(self, part: int, question: Question, ticket: str | None, answer: Answer, began: float, guess: int, **told: Any) -> Call:
        known = answer.input_tokens is not None and answer.output_tokens is not None
        tokens = answer.input_tokens if answer.input_tokens is not None else most_input_tokens(question)
        written = answer.output_tokens if answer.output_tokens is not None else self.provider.max_output_tokens
        if known:
            self.rate.correct(guess - tokens)
        return Call(
            part=part,
            ticket=ticket,
            text=answer.text,
            model=answer.model,
            input_tokens=tokens,
            output_tokens=written,
            counted="reported" if known else "worst",
            cost_usd=self._usd(tokens, written),
            latency_ms=round((time.monotonic() - began) * 1000),
            ended_at=datetime.now(UTC),
            **told,
        )

    def _lost(self, part: int, question: Question, ticket: str | None, busy: Busy, began: float) -> Call:
        tokens, written = most_input_tokens(question), self.provider.max_output_tokens
        if self.purse is not None and ticket is not None:
            self.purse.lose(ticket)
        return Call(
            part=part,
            ticket=ticket,
            model=self.provider.model,
            problem=f"lost: {busy}",
            input_tokens=tokens,
            output_tokens=written,
            counted="worst",
            cost_usd=self._usd(tokens, written),
            latency_ms=round((time.monotonic() - began) * 1000),
            ended_at=datetime.now(UTC),
        )

    def _usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        return self.price.usd(input_tokens, output_tokens) if self.price is not None else Decimal(0)
