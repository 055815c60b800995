"""The documents of one table, asked about: what a run needs for that, opened and closed around one loop."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from medallion.ingest.extraction.answers import AnswerStore
from medallion.ingest.extraction.asking import Outcome, Summary, ask_all
from medallion.ingest.extraction.calling import Caller, Task
from medallion.ingest.extraction.document import Document
from medallion.ingest.extraction.ledger import Ledger, ledger_key
from medallion.ingest.extraction.limits import Rate
from medallion.ingest.extraction.model import model_name, model_of
from medallion.ingest.extraction.objects import S3Objects
from medallion.ingest.extraction.provider import ModelRefused
from medallion.ingest.extraction.purse import Purse
from medallion.manifest.credentials import SecretUnreadable
from medallion.manifest.engines.extraction.request import instructions, prompt_version, response_schema
from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.model import Extraction


@dataclass
class Asked:
    """What became of the documents.

    Attributes:
        answered: The ids of those whose answers are durable.
        summary: The numbers.
    """

    answered: list[str] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)

    @property
    def left(self) -> int:
        """How many wait for the next run: for the budget, or for a model that is busy."""
        return self.summary.waiting + self.summary.busy


@dataclass(frozen=True)
class Questions:
    """What a source is asked about the documents of one table.

    Attributes:
        source: The logical source.
        settings: What it is in this environment.
        extraction: What it is asked for.
        table: The bronze table that its answers go to.
        bucket: The bronze bucket.
        region: Where the secret is.
        run_id: The run's id, the same for all of its attempts.
    """

    source: str
    settings: ExtractionSource
    extraction: Extraction
    table: str
    bucket: str
    region: str
    run_id: str

    @property
    def version(self) -> str:
        """What the model is asked, as a hash."""
        return prompt_version(self.extraction)

    @property
    def model(self) -> str:
        """The model that is asked, as its answers' keys name it."""
        return model_name(self.settings)

    def ask(self, documents: Iterable[Document]) -> Asked:
        """Asks about each document whose answers are not durable.

        Args:
            documents: Read as they are needed.

        Raises:
            ModelRefused: The source's configuration is wrong: no question is taken.
            SecretUnreadable: The secret of its key is.
        """
        try:
            return asyncio.run(self._ask(documents))
        except (ModelRefused, SecretUnreadable) as refused:
            raise type(refused)(f"source {self.source}: {refused}") from None

    async def _ask(self, documents: Iterable[Document]) -> Asked:
        concurrency = self.settings.concurrency
        # Within the loop, to which its connections belong.
        model = model_of(self.settings, self.extraction, self.region)
        objects = S3Objects.of(self.bucket, concurrency)
        asked = Asked()

        def note(id: str, outcome: Outcome) -> None:
            if outcome not in ("waiting", "busy"):
                asked.answered.append(id)

        try:
            caller = Caller(
                Task(self.extraction, instructions(self.extraction), response_schema(self.extraction)),
                model,
                Rate(self.settings.tokens_per_minute),
                price=self.settings.price,
                purse=await self._purse(objects),
            )
            store = AnswerStore(objects, self.table, self.version, self.model)
            asked.summary = await ask_all(documents, caller=caller, store=store, concurrency=concurrency, done=note)
        finally:
            await model.close()
            objects.close()
        return asked

    async def _purse(self, objects: S3Objects) -> Purse | None:
        budget = self.settings.budget
        if budget is None:
            return None
        key = ledger_key(self.source, f"{datetime.now(UTC):%Y-%m}")
        return await Purse.open(Ledger(objects, key, budget), self.run_id)
