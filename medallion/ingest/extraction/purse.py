"""A run's share of the budget: reserved in blocks before calls are made, given back as soon as they are settled."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from uuid import uuid4

from medallion.ingest.extraction.answers import Answers
from medallion.ingest.extraction.ledger import Ledger


class Purse:
    """What one attempt of a run has reserved. A write of the ledger settles all that ended since the one before."""

    def __init__(self, ledger: Ledger, run: str, others: Sequence[str] = ()) -> None:
        """`others` are tickets in the ledger; `Purse.open` reads them."""
        self._ledger = ledger
        self._run = run
        self._holder = uuid4().hex[:16]
        self._numbers = count()
        self._open: dict[str, Decimal] = {}
        self._due: dict[str, Decimal] = {}
        self._others = set(others)
        self._writing = asyncio.Lock()
        self._ended = asyncio.Event()

    @classmethod
    async def open(cls, ledger: Ledger, run: str) -> "Purse":
        """The purse of an attempt of a run.

        Args:
            ledger: The ledger of the month in which the attempt begins: all of it counts there.
            run: The run's id, the same for all its attempts.
        """
        return cls(ledger, run, tuple((await ledger.read()).reserved))

    async def reserve(self, prices: Sequence[Decimal], *, wait: bool = True) -> tuple[str, ...]:
        """Reserves the worst prices of calls.

        Args:
            prices: In the order of the calls.
            wait: Whether to wait for calls of this purse to be settled, where nothing fits before.

        Returns:
            The tickets of the first of them; none if the budget is used up.
        """
        wanted = {f"{self._holder}-{next(self._numbers)}": price for price in prices}
        while True:
            self._ended.clear()
            async with self._writing:
                due = dict(self._due)
                granted = await self._ledger.change(self._run, wanted, due)
                self._forget(due)
            self._open.update((ticket, wanted[ticket]) for ticket in granted)
            if granted or not wait or not self._open:
                return granted
            await self._ended.wait()

    def settle(self, ticket: str, usd: Decimal) -> None:
        """What a call cost: to be called when its answer is durable, and with 0 for a call that was never made."""
        self._due[ticket] = usd
        self._open.pop(ticket, None)
        self._ended.set()

    def lose(self, ticket: str) -> Decimal:
        """A call that may have been answered without our knowing: it costs its worst price, which is returned."""
        usd = self._open.get(ticket, Decimal(0))
        self.settle(ticket, usd)
        return usd

    def recover(self, answers: Answers) -> None:
        """Settles the reservations of runs that were killed after an answer was durable, and before it was counted."""
        for call in answers.calls:
            if call.ticket in self._others:
                self._others.remove(call.ticket)
                self._due[call.ticket] = call.cost_usd

    async def close(self) -> None:
        """Settles what ended; calls that did not end stay reserved."""
        async with self._writing:
            if self._due:
                await self._ledger.change(self._run, {}, dict(self._due))
                self._due.clear()

    def _forget(self, due: dict[str, Decimal]) -> None:
        for ticket in due:
            self._due.pop(ticket, None)
