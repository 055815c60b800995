"""Asks a model about many documents: one loop, a bounded number of calls at a time, whatever the number of documents."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Literal

from medallion.ingest.extraction.answers import Answers, AnswerStore, Call
from medallion.ingest.extraction.calling import Caller, NoMoney, StillBusy
from medallion.ingest.extraction.document import Ask, Document, Done, step, unasked
from medallion.manifest.errors import Transient

type Outcome = Literal["records", "none", "refused", "waiting", "busy"]


class ModelUnavailable(Transient):
    """The model answers nobody any more."""


@dataclass
class Summary:
    """What became of the documents of a run; numbers only.

    Attributes:
        asked: Documents that the model was asked about until nothing was open.
        reused: Documents whose answers were there already.
        records: Documents, asked or reused, that have records.
        none: Those that have none.
        refused: Those whose answer was refused.
        waiting: Documents that wait for the next run, as the budget is used up.
        busy: Documents that wait for it, as the model was busy at each try.
        calls: Calls that were answered or refused, or may have been answered.
        input_tokens: Of these calls.
        output_tokens: Of these calls.
        cost_usd: Of these calls.
    """

    asked: int = 0
    reused: int = 0
    records: int = 0
    none: int = 0
    refused: int = 0
    waiting: int = 0
    busy: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    def count(self, call: Call) -> None:
        """Adds a call."""
        self.calls += 1
        self.input_tokens += call.input_tokens
        self.output_tokens += call.output_tokens
        self.cost_usd += call.cost_usd


@dataclass
class _Pending:
    """A document with open questions."""

    document: Document
    answers: Answers
    etag: str | None
    ticket: str | None = None


async def ask_all(
    documents: Iterable[Document] | AsyncIterable[Document],
    *,
    caller: Caller,
    store: AnswerStore,
    concurrency: int,
    done: Callable[[str, Outcome], None] = lambda _id, _outcome: None,
) -> Summary:
    """Asks about each document whose answers are not durable yet; they are when this returns, or the document waits for the next run.

    Args:
        documents: Read as they are needed, a few blocks ahead; an iterable that waits is read in a thread.
        caller: Asks the model.
        store: Where answers are durable.
        concurrency: How many calls are on their way at most, or answered and not durable yet: those that are repeated after a kill.
        done: Is told what became of each document, in no order.

    Returns:
        The numbers.

    Raises:
        ModelRefused: No call will succeed; what was answered before is durable.
        ModelUnavailable: The model was busy at each try for as many documents in a row as there are calls at a time.
        Transient: S3 can't be reached.
    """
    run = _Run(caller, store, concurrency, done)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(run.feed(_blocks(documents, 2 * concurrency)))
            for _ in range(concurrency):
                group.create_task(run.work())
    except BaseExceptionGroup as errors:
        # The first one is why the others were ended.
        raise _first(errors) from None
    finally:
        await run.close()
    return run.summary


@dataclass
class _Run:
    caller: Caller
    store: AnswerStore
    concurrency: int
    done: Callable[[str, Outcome], None]
    summary: Summary = field(default_factory=Summary)
    # As long as the workers: what is ahead of them has money reserved that other runs then lack.
    queue: asyncio.Queue[_Pending] = field(init=False)
    known: set[str] = field(default_factory=set)
    busy_in_a_row: int = 0

    def __post_init__(self) -> None:
        self.queue = asyncio.Queue(self.concurrency)

    async def feed(self, blocks: AsyncIterator[list[Document]]) -> None:
        """Finds documents with open questions, reserves what their first calls cost, and hands them to the workers."""
        async for block in blocks:
            # One that comes twice is asked about once.
            new = {one.id: one for one in block if one.id not in self.known}
            self.known |= new.keys()
            found = await asyncio.gather(*(self._pending(one) for one in new.values()))
            await self._hand_out([one for one in found if one is not None])
        self.queue.shutdown()

    async def _pending(self, document: Document) -> _Pending | None:
        durable = await self.store.read(document.id)
        if durable is None:
            return _Pending(document, unasked(document, self.store.prompt_version, self.store.model), None)
        answers, etag = durable
        if self.caller.purse is not None:
            self.caller.purse.recover(answers)
        if answers.outcome is None:
            return _Pending(document, answers, etag)
        if answers.outcome == "refused" and document.again:
            return _Pending(document, unasked(document, self.store.prompt_version, self.store.model), etag)
        self.summary.reused += 1
        self._end(document, answers.outcome)
        return None

    async def _hand_out(self, pending: list[_Pending]) -> None:
        while pending and (tickets := await self._tickets(pending)):
            paid, pending = pending[: len(tickets)], pending[len(tickets) :]
            for one, ticket in zip(paid, tickets, strict=True):
                one.ticket = ticket
            while paid:
                try:
                    await self.queue.put(paid[0])
                except BaseException:
                    for one in paid:
                        self.caller.release(one.ticket)
                    raise
                paid.pop(0)
        for one in pending:
            self._end(one.document, "waiting")

    async def _tickets(self, pending: list[_Pending]) -> tuple[str | None, ...]:
        if self.caller.purse is None:
            return (None,) * len(pending)
        return await self.caller.purse.reserve([self._first_price(one) for one in pending])

    def _first_price(self, pending: _Pending) -> Decimal:
        following = step(pending.answers)
        if isinstance(following, Done):
            return Decimal(0)
        part = pending.answers.texts(pending.document.text)[following.part]
        return self.caller.worst_usd(self.caller.question(part.text, following.problem))

    async def work(self) -> None:
        """Asks about one document after the other."""
        while True:
            try:
                pending = await self.queue.get()
            except asyncio.QueueShutDown:
                return
            try:
                outcome: Outcome = await self._ask(pending)
            except NoMoney:
                outcome = "waiting"
            except StillBusy:
                outcome = "busy"
                self.busy_in_a_row += 1
                if self.busy_in_a_row >= self.concurrency:
                    raise ModelUnavailable("the model was busy at each try; what is answered is kept, run again later") from None
            else:
                self.busy_in_a_row = 0
            self._end(pending.document, outcome)

    async def _ask(self, pending: _Pending) -> Literal["records", "none", "refused"]:
        answers, etag, ticket = pending.answers, pending.etag, pending.ticket
        texts = answers.texts(pending.document.text)
        while isinstance(following := step(answers), Ask):
            question = self.caller.question(texts[following.part].text, following.problem)
            beside: list[Call] = []
            try:
                call = await self.caller.call(following.part, question, ticket, beside)
            except (NoMoney, StillBusy):
                if beside:
                    await self._keep(answers, beside, etag)
                raise
            ticket = None
            answers, etag = await self._keep(answers, [*beside, call], etag)
            if call.ticket is not None and self.caller.purse is not None:
                self.caller.purse.settle(call.ticket, call.cost_usd)
        self.caller.release(ticket)
        if answers.outcome is None:
            answers, etag = await self._keep(answers, [], etag)
        self.summary.asked += 1
        return following.outcome

    async def _keep(self, answers: Answers, calls: list[Call], etag: str | None) -> tuple[Answers, str]:
        """Makes calls durable, and counts them after that."""
        more = answers.model_copy(update={"calls": (*answers.calls, *calls)})
        following = step(more)
        if isinstance(following, Done):
            ended_at = more.calls[-1].ended_at if more.calls else datetime.now(UTC)
            more = more.model_copy(update={"outcome": following.outcome, "refused": following.refused, "ended_at": ended_at})
        kept = await self.store.write(more, etag)
        for call in calls:
            self.summary.count(call)
        return kept

    def _end(self, document: Document, outcome: Outcome) -> None:
        self.known.discard(document.id)
        setattr(self.summary, outcome, getattr(self.summary, outcome) + 1)
        self.done(document.id, outcome)

    async def close(self) -> None:
        """Gives back what was reserved for calls that nobody makes, and settles the others."""
        while not self.queue.empty():
            self.caller.release(self.queue.get_nowait().ticket)
        if self.caller.purse is not None:
            await self.caller.purse.close()


async def _blocks(documents: Iterable[Document] | AsyncIterable[Document], size: int) -> AsyncIterator[list[Document]]:
    if isinstance(documents, AsyncIterable):
        block: list[Document] = []
        async for document in documents:
            block.append(document)
            if len(block) == size:
                yield block
                block = []
        if block:
            yield block
        return
    iterator = iter(documents)
    # Spark's own iterator waits for its workers.
    while found := await asyncio.to_thread(lambda: list(islice(iterator, size))):
        yield found


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
