"""The budget holds, however many runs write its ledger and whenever they are killed."""

import asyncio
from collections.abc import Coroutine, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from medallion.ingest.extraction.answers import Answers, Call
from medallion.ingest.extraction.ledger import Ledger, Spending, ledger_key
from medallion.ingest.extraction.limits import Backoff
from medallion.ingest.extraction.objects import Changed, S3Objects, Stored
from medallion.ingest.extraction.purse import Purse
from medallion.manifest.engines.extraction.settings import Budget

KEY = ledger_key("voice", "2026-01")
BUDGET = Budget(run=Decimal(6), month=Decimal(9))
WORST = Decimal(1)
AT_ONCE = Backoff(first_seconds=0, longest_seconds=0)


class Step:
    """A moment at which another run may go on, or this one is killed."""

    def __await__(self) -> Generator[None]:
        yield


@dataclass
class SteppedBucket:
    """A bucket between whose calls the test decides who is next; what S3 promises of conditional writes is tested below, on moto."""

    held: dict[str, Stored] = field(default_factory=dict)
    etags: Any = field(default_factory=count)

    async def get(self, key: str) -> Stored | None:
        await Step()
        return self.held.get(key)

    async def put(self, key: str, body: bytes, etag: str | None) -> str:
        await Step()
        there = self.held.get(key)
        if (there.etag if there is not None else None) != etag:
            raise Changed
        self.held[key] = Stored(body, str(next(self.etags)))
        # The word of it may be lost.
        await Step()
        return self.held[key].etag


@dataclass
class World:
    """What really happens: calls that cost, and answers that are durable."""

    bucket: SteppedBucket = field(default_factory=SteppedBucket)
    charged: dict[str, Decimal] = field(default_factory=dict)
    durable: dict[str, Answers] = field(default_factory=dict)

    @property
    def spending(self) -> Spending:
        there = self.bucket.held.get(KEY)
        return Spending.model_validate_json(there.body) if there is not None else Spending()

    async def attempt(self, run: str, costs: list[Decimal]) -> None:
        """An attempt of a run: settles what others left, then asks as often as there are costs and money."""
        purse = await Purse.open(Ledger(self.bucket, KEY, BUDGET, AT_ONCE), run)
        for answers in list(self.durable.values()):
            purse.recover(answers)
        while costs:
            tickets = await purse.reserve([WORST] * min(3, len(costs)), wait=False)
            if not tickets:
                break
            for ticket in tickets:
                cost = costs.pop()
                self.charged[run] = self.charged.get(run, Decimal(0)) + cost
                await Step()
                if cost == WORST:
                    # A timeout: nobody knows what it cost.
                    purse.lose(ticket)
                    continue
                self.durable[ticket] = answer(ticket, cost)
                await Step()
                purse.settle(ticket, cost)
        await purse.close()


def answer(ticket: str, cost: Decimal) -> Answers:
    call = Call(
        part=0, ticket=ticket, text="", model="m", input_tokens=1, output_tokens=1, cost_usd=cost, latency_ms=1, ended_at=datetime.now(UTC)
    )
    return Answers(document_id=ticket, prompt_version="p", model="m", parts=(), calls=(call,))


class Runs(RuleBasedStateMachine):
    """Some attempts of three runs at a time, each a step further whenever hypothesis says so."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.alive: list[Coroutine[Any, Any, None]] = []

    @precondition(lambda self: len(self.alive) < 4)
    @rule(run=st.sampled_from("abc"), costs=st.lists(st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.7"), WORST]), max_size=8))
    def start(self, run: str, costs: list[Decimal]) -> None:
        self.alive.append(self.world.attempt(run, costs))

    @precondition(lambda self: self.alive)
    @rule(which=st.integers(0, 3), steps=st.integers(1, 6))
    def go_on(self, which: int, steps: int) -> None:
        chosen = self.alive[which % len(self.alive)]
        for _ in range(steps):
            if not self.step(chosen):
                return

    @precondition(lambda self: self.alive)
    @rule(which=st.integers(0, 3))
    def kill(self, which: int) -> None:
        self.alive.pop(which % len(self.alive)).close()

    def step(self, chosen: Coroutine[Any, Any, None]) -> bool:
        try:
            chosen.send(None)
        except StopIteration:
            self.alive.remove(chosen)
            return False
        self.the_budget_holds()
        return True

    @invariant()
    def the_budget_holds(self) -> None:
        spending = self.world.spending
        assert spending.total <= BUDGET.month
        assert sum(self.world.charged.values()) <= spending.total, "a call was made that the ledger does not know of"
        for run, charged in self.world.charged.items():
            assert charged <= spending.total_of(run) <= BUDGET.run

    def teardown(self) -> None:
        """The next run settles all that is durable, whoever was killed; what is not stays spent at its worst price."""
        for one in self.alive:
            one.close()
        last = self.world.attempt("last", [])
        self.alive = [last]
        while self.step(last):
            pass
        spending = self.world.spending
        assert not spending.reserved.keys() & self.world.durable.keys()
        paid = sum((answers.calls[0].cost_usd for answers in self.world.durable.values()), Decimal(0))
        assert paid <= spending.spent <= sum(self.world.charged.values())


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


def test_what_does_not_fit_is_not_reserved_and_fits_when_others_are_settled() -> None:
    spending, granted = Spending().reserve(BUDGET, "a", {f"a{n}": WORST for n in range(8)})
    assert granted == tuple(f"a{n}" for n in range(6)), "the run's budget"
    spending, granted = spending.reserve(BUDGET, "b", {f"b{n}": WORST for n in range(8)})
    assert granted == ("b0", "b1", "b2"), "the month's"
    spending = spending.settle({"a0": Decimal("0.25")})
    assert spending.spent == Decimal("0.25")
    assert spending.reserve(BUDGET, "b", {"b9": Decimal("0.75"), "b10": Decimal("0.01")})[1] == ("b9",)


def test_what_was_written_and_not_heard_of_is_not_written_twice() -> None:
    once, _ = Spending().reserve(BUDGET, "a", {"a0": WORST})
    assert once.reserve(BUDGET, "a", {"a0": WORST}) == (once, ("a0",))
    settled = once.settle({"a0": Decimal("0.5")})
    assert settled.settle({"a0": Decimal("0.5")}) == settled


def test_the_ledger_stays_small_over_many_runs() -> None:
    spending = Spending()
    for number in range(500):
        spending, _ = spending.reserve(Budget(run=Decimal(1000), month=Decimal(1000)), f"run-{number}", {f"t{number}": WORST})
        spending = spending.settle({f"t{number}": WORST})
    assert spending.spent == 500
    assert list(spending.runs) == [f"run-{number}" for number in range(300, 500)]


def test_many_attempts_share_one_ledger_in_s3(objects: S3Objects) -> None:
    async def attempt(run: str) -> int:
        purse = await Purse.open(Ledger(objects, KEY, BUDGET), run)
        tickets = await purse.reserve([WORST] * 4, wait=False)
        for ticket in tickets:
            purse.settle(ticket, WORST)
        await purse.close()
        return len(tickets)

    async def all_of_them() -> tuple[list[int], Spending]:
        granted = await asyncio.gather(*(attempt(f"run-{number}") for number in range(4)))
        return granted, await Ledger(objects, KEY, BUDGET).read()

    granted, spending = asyncio.run(all_of_them())
    assert sum(granted) == 9
    assert (spending.spent, spending.reserved) == (Decimal(9), {})


def test_s3_refuses_a_write_on_what_was_read_before_another_write(objects: S3Objects) -> None:
    async def writes() -> None:
        etag = await objects.put(KEY, b"1", None)
        with pytest.raises(Changed):
            await objects.put(KEY, b"2", None)
        newer = await objects.put(KEY, b"2", etag)
        with pytest.raises(Changed):
            await objects.put(KEY, b"3", etag)
        with pytest.raises(Changed):
            await objects.put("nothing/there", b"3", newer)
        assert await objects.get(KEY) == Stored(b"2", newer)

    asyncio.run(writes())
