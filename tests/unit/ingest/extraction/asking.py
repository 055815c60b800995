"""Asks Gemini's API about documents, with everything between as a job has it."""

import asyncio
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from medallion.ingest.extraction.answers import Answers, AnswerStore
from medallion.ingest.extraction.asking import Outcome, Summary, ask_all
from medallion.ingest.extraction.calling import Caller, Task
from medallion.ingest.extraction.document import Document
from medallion.ingest.extraction.gemini import Gemini
from medallion.ingest.extraction.ledger import Ledger, Spending, ledger_key
from medallion.ingest.extraction.limits import Backoff, Rate
from medallion.ingest.extraction.objects import Objects
from medallion.ingest.extraction.purse import Purse
from medallion.ingest.extraction.rows import Row, bronze_rows
from medallion.manifest.engines.extraction.settings import Budget, Price
from tests.gemini_server import KEY, MODEL
from tests.unit.ingest.extraction.feedback import EXTRACTION, INSTRUCTIONS, SCHEMA, TABLE

PRICE = Price(input=Decimal("0.75"), output=Decimal("3.75"))
PLENTY = Budget(run=Decimal(100), month=Decimal(1000))
LEDGER = ledger_key("voice", "2026-01")
SOON = Backoff(first_seconds=0.01, longest_seconds=0.05, tries=4, patience_seconds=60)


@dataclass
class Asking:
    """A source and what is asked of it."""

    url: str
    objects: Objects
    prompt_version: str = "0123456789ab"
    model: str = MODEL
    concurrency: int = 4
    tokens_per_minute: int | None = None
    budget: Budget | None = PLENTY
    backoff: Backoff = SOON
    key: str = KEY
    # Where no call hangs, a slow machine must not be taken for one.
    timeout_seconds: float = 30
    schema: Mapping[str, Any] = field(default_factory=lambda: SCHEMA)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def store(self) -> AnswerStore:
        return AnswerStore(self.objects, TABLE, self.prompt_version, self.model)

    def run(self, documents: Iterable[Document] | AsyncIterable[Document], run_id: str = "run-1") -> Summary:
        """What a run of the job makes of documents."""
        return asyncio.run(self.asked(documents, run_id))

    async def asked(self, documents: Iterable[Document] | AsyncIterable[Document], run_id: str) -> Summary:
        provider = Gemini(self.model, self.key, base_url=self.url, timeout_seconds=self.timeout_seconds)
        purse = await Purse.open(Ledger(self.objects, LEDGER, self.budget), run_id) if self.budget is not None else None
        task = Task(EXTRACTION, INSTRUCTIONS, self.schema)
        caller = Caller(task, provider, Rate(self.tokens_per_minute), self.backoff, PRICE if purse is not None else None, purse)
        try:
            return await ask_all(documents, caller=caller, store=self.store, concurrency=self.concurrency, done=self.outcomes.__setitem__)
        finally:
            await provider.close()

    def answers(self, document: Document) -> Answers | None:
        """What is durable about a document."""
        found = asyncio.run(self.store.read(document.id))
        return found[0] if found is not None else None

    def rows(self, document: Document, earlier: int = 0) -> tuple[Row, ...]:
        """The bronze rows of a document."""
        answers = self.answers(document)
        assert answers is not None
        return bronze_rows(answers, EXTRACTION, document.text, self.store.key(document.id), earlier)

    @property
    def spending(self) -> Spending:
        """What the ledger holds."""
        return asyncio.run(Ledger(self.objects, LEDGER, PLENTY).read())
