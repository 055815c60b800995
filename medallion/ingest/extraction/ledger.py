"""What was spent on a model: a ledger that is never above its budget, whoever writes it and whenever they are killed.

A call's worst price is reserved before the call is made, and replaced by its cost when the answer is durable. A reservation is known by
its ticket, which stands in the answer too; so whoever finds a durable answer may settle it, and settling twice changes nothing. What a
killed run reserved and nobody can settle stays spent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from medallion.ingest.extraction.limits import Backoff
from medallion.ingest.extraction.objects import Changed, Objects
from medallion.manifest.engines.extraction.settings import Budget
from medallion.manifest.errors import Transient
from medallion.manifest.frozen import Frozen
from medallion.manifest.names import ledger_prefix

# What a run spent is remembered for its next attempt; of older ones the month's sum is enough.
_RUNS = 200
_TRIES = 40
_AMONG_WRITERS = Backoff(first_seconds=0.02, longest_seconds=1.0)


class Reservation(Frozen):
    """The worst price of a call that is not settled.

    Attributes:
        run: The run.
        usd: The price.
    """

    run: str
    usd: Decimal


class Spending(Frozen):
    """What the ledger of a source and a month holds.

    Attributes:
        spent: The cost of all calls that are settled, USD.
        runs: The same for each run, those that wrote last at the end.
        reserved: What is not settled, by ticket.
    """

    spent: Decimal = Decimal(0)
    runs: dict[str, Decimal] = {}
    reserved: dict[str, Reservation] = {}

    @property
    def total(self) -> Decimal:
        """What is spent, or may be."""
        return self.spent + sum((one.usd for one in self.reserved.values()), Decimal(0))

    def total_of(self, run: str) -> Decimal:
        """What a run has spent, or may have."""
        return self.runs.get(run, Decimal(0)) + sum((one.usd for one in self.reserved.values() if one.run == run), Decimal(0))

    def reserve(self, budget: Budget, run: str, wanted: Mapping[str, Decimal]) -> tuple["Spending", tuple[str, ...]]:
        """Reserves the prices of calls, in their order, as long as each of them fits both budgets.

        Args:
            budget: What may be spent.
            run: Who wants to call.
            wanted: The worst price by ticket.

        Returns:
            The ledger afterwards, and the tickets that are reserved.
        """
        total, of_run = self.total, self.total_of(run)
        reserved, granted = dict(self.reserved), list[str]()
        for ticket, usd in wanted.items():
            # There if this very change was written, and only the word of it was lost.
            if ticket not in reserved:
                if total + usd > budget.month or of_run + usd > budget.run:
                    break
                total, of_run = total + usd, of_run + usd
                reserved[ticket] = Reservation(run=run, usd=usd)
            granted.append(ticket)
        return self.model_copy(update={"reserved": reserved}), tuple(granted)

    def settle(self, costs: Mapping[str, Decimal]) -> "Spending":
        """Replaces reservations by what the calls cost; those that are settled already stay as they are."""
        spent, runs, reserved = self.spent, dict(self.runs), dict(self.reserved)
        for ticket, usd in costs.items():
            found = reserved.pop(ticket, None)
            if found is not None:
                spent += usd
                runs[found.run] = runs.pop(found.run, Decimal(0)) + usd
        open_runs = {one.run for one in reserved.values()}
        old = [run for run in runs if run not in open_runs][: max(0, len(runs) - _RUNS)]
        return Spending(spent=spent, runs={run: usd for run, usd in runs.items() if run not in old}, reserved=reserved)


@dataclass(frozen=True)
class Ledger:
    """The ledger of a source and a month.

    Attributes:
        objects: The bucket.
        key: The object's key, as `ledger_key` says.
        budget: What may be spent.
        backoff: How long to wait when others write at the same time.
    """

    objects: Objects
    key: str
    budget: Budget
    backoff: Backoff = _AMONG_WRITERS

    async def read(self) -> Spending:
        """What it holds."""
        found = await self.objects.get(self.key)
        return Spending.model_validate_json(found.body) if found is not None else Spending()

    async def change(self, run: str, wanted: Mapping[str, Decimal], costs: Mapping[str, Decimal]) -> tuple[str, ...]:
        """Settles and reserves in one write.

        Args:
            run: Who wants to call.
            wanted: The worst price of each call, by a ticket that nobody else uses.
            costs: What calls cost whose answers are durable, by ticket.

        Returns:
            The tickets that are reserved: all, or the first of them.

        Raises:
            Transient: Others write all the time.
        """
        for attempt in range(_TRIES):
            found = await self.objects.get(self.key)
            before = Spending.model_validate_json(found.body) if found is not None else Spending()
            after, granted = before.settle(costs).reserve(self.budget, run, wanted)
            if after == before:
                return granted
            try:
                await self.objects.put(self.key, after.model_dump_json().encode(), found.etag if found is not None else None)
            except Changed:
                await self.backoff.sleep(attempt)
                continue
            return granted
        raise Transient(f"{self.key}: other runs write the ledger all the time; nothing more was reserved")


def ledger_key(source: str, month: str) -> str:
    """The key of the ledger of a source and a month such as 2026-01, in the bronze bucket; no table has such a name."""
    return f"{ledger_prefix(source)}/{month}.json"
