"""How much of a model's time is used: documents asked about by the real SDK, against a server that answers after a fixed time.

Run alone by `python -m bench.extraction`: it needs no laptop. Answers and the ledger are kept in memory, as an S3 of this machine would
take the processor that the loop is measured on; a job waits for S3 once a call, some 30 ms.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import count

from bench.measure import Figure
from bench.page import table
from bench.stage import ROOT, Stage
from medallion.ingest.extraction.answers import AnswerStore
from medallion.ingest.extraction.asking import ask_all
from medallion.ingest.extraction.calling import Caller, Task
from medallion.ingest.extraction.document import Document
from medallion.ingest.extraction.gemini import Gemini
from medallion.ingest.extraction.ledger import Ledger, ledger_key
from medallion.ingest.extraction.limits import Rate
from medallion.ingest.extraction.objects import Changed, Stored
from medallion.ingest.extraction.purse import Purse
from medallion.manifest.engines.extraction.settings import Budget, Price
from medallion.manifest.model import Choice, ExtractedField, Extraction

CONCURRENCY = 16
# Of what `concurrency / latency` would let through.
SHARE = 0.9
# Latency, and documents: some seconds of each.
ROUNDS = ((0.05, 1600), (2.0, 96))
MODEL = "gemini-3.8-flash"
KEY = "a-key-of-the-test"

_WORDS = {"type": "string"}
_FIELD = {
    "type": "object",
    "properties": {"words": _WORDS, "value": {"type": "string", "enum": ["quality", "price"]}},
    "required": ["words", "value"],
}
_RECORDS = {"type": "array", "items": {"type": "object", "properties": {"topic": _FIELD}, "required": ["topic"]}}
TASK = Task(
    Extraction(
        documents="bench__notes",
        instruction="Find what it is about.",
        fields=(
            ExtractedField(name="topic", type="string", description="What.", choices=(Choice(value="quality"), Choice(value="price"))),
        ),
    ),
    "You extract records from one document.",
    {"type": "object", "properties": {"records": _RECORDS}, "required": ["records"]},
)


@dataclass
class Memory:
    """Objects in this process."""

    held: dict[str, Stored] = field(default_factory=dict)
    etags: Iterator[int] = field(default_factory=count)

    async def get(self, key: str) -> Stored | None:
        """An object."""
        return self.held.get(key)

    async def put(self, key: str, body: bytes, etag: str | None) -> str:
        """Writes an object that is still as it was read."""
        there = self.held.get(key)
        if (there.etag if there is not None else None) != etag:
            raise Changed
        self.held[key] = Stored(body, str(next(self.etags)))
        return self.held[key].etag


@contextmanager
def server(latency: float) -> Iterator[str]:
    """The address of a server in a process of its own, that answers after so many seconds."""
    command = [sys.executable, str(ROOT / "tests" / "gemini_server.py"), "--latency", str(latency), "--key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def documents(number: int) -> Iterator[Document]:
    """So many letters of a usual length."""
    for one in range(number):
        text = f"The price of item {one} is too high.\n" + "I have been a customer of yours for many years. " * 20
        yield Document(sha256(text.encode()).hexdigest(), text)


async def asked(url: str, number: int) -> float:
    """Seconds in which so many documents are asked about, the first call of the SDK not included."""
    provider = Gemini(MODEL, KEY, base_url=url)
    try:
        await _round(provider, CONCURRENCY)
        start = time.perf_counter()
        await _round(provider, number)
        return time.perf_counter() - start
    finally:
        await provider.close()


async def _round(provider: Gemini, number: int) -> None:
    objects = Memory()
    purse = await Purse.open(Ledger(objects, ledger_key("bench", "2026-01"), Budget(run=Decimal(1000), month=Decimal(1000))), "bench")
    caller = Caller(TASK, provider, Rate(None), price=Price(input=Decimal("0.75"), output=Decimal("3.75")), purse=purse)
    store = AnswerStore(objects, "bench__topics", "0123456789ab", MODEL)
    summary = await ask_all(documents(number), caller=caller, store=store, concurrency=CONCURRENCY)
    assert summary.records == summary.calls == number, "not every letter has an answer"


def figures(_stage: Stage | None, repeats: int) -> list[Figure]:
    """Seconds against those that the calls take at least, at two latencies."""
    found = []
    for latency, number in ROUNDS:
        least = number * latency / CONCURRENCY
        with server(latency) as url:
            values = tuple(asyncio.run(asked(url, number)) for _ in range(repeats))
        name = f"{number:,} documents are asked about, {CONCURRENCY} at a time, by a model that takes {latency * 1000:g} ms"
        found.append(Figure(name, "s", values, "what the calls take at least", 1 / SHARE, limit=least))
    return found


if __name__ == "__main__":
    print(table(figures(None, int(sys.argv[1]) if len(sys.argv) > 1 else 3)))
