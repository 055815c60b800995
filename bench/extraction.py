"""How much of a model's time is used: documents asked about by the real SDK, against a server that answers after a fixed time.

langextract asks the same server about the same documents in turn with us. Run alone by `python -m bench.extraction [PAIRS]`: it needs no
laptop. Answers and the ledger are kept in memory, as an S3 of this machine would take the processor that the loop is measured on; a job
waits for S3 once a call, some 30 ms. langextract keeps neither.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import count

from bench.measure import Figure
from bench.page import table
from bench.stage import ROOT
from medallion.ingest.extraction.answers import AnswerStore
from medallion.ingest.extraction.asking import ask_all
from medallion.ingest.extraction.calling import Caller, Task
from medallion.ingest.extraction.document import Document
from medallion.ingest.extraction.gemini import ANSWER_TOKENS, Gemini
from medallion.ingest.extraction.ledger import Ledger, ledger_key
from medallion.ingest.extraction.limits import Rate
from medallion.ingest.extraction.objects import Changed, Stored
from medallion.ingest.extraction.purse import Purse
from medallion.manifest.engines.extraction.settings import Budget, Price
from medallion.manifest.model import Choice, ExtractedField, Extraction

CONCURRENCY = 16
# Of what `concurrency / latency` would let through.
SHARE = 0.9
# A tie counts: where the model is slow, both wait for it alone.
BESIDE = 0.95
# Latency, documents, and pairs at most: some seconds of each, and the longer the model takes, the less two pairs differ.
ROUNDS = ((0.05, 2400, 3), (2.0, 64, 2))
PEER = ROOT / ".tools" / "langextract" / "bin" / "python"
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


@contextmanager
def langextract(url: str) -> Iterator[Callable[[int], float]]:
    """The peer in a process of its own, that has made its first calls: takes a number of documents, returns the seconds."""
    (field,) = TASK.extraction.fields
    asked = {
        "url": url,
        "key": KEY,
        "model": MODEL,
        "concurrency": CONCURRENCY,
        "max_output_tokens": ANSWER_TOKENS,
        "instructions": TASK.instructions,
        "instruction": TASK.extraction.instruction,
        "field": field.name,
        "example": "The price of milk is too high.",
        "value": "price",
    }
    command = [str(PEER), str(ROOT / "bench" / "peer_langextract.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sent, said = process.stdin, process.stdout

        def ask(number: int) -> float:
            sent.write(json.dumps([one.text for one in documents(number)]) + "\n")
            sent.flush()
            if line := said.readline():
                return float(line)
            raise RuntimeError("langextract ended; what it says is above")

        sent.write(json.dumps(asked) + "\n")
        ask(CONCURRENCY)
        yield ask


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


def figures(repeats: int) -> list[Figure]:
    """Documents a second at two latencies: against those that the model lets through, and against langextract's."""
    found = []
    for latency, number, pairs in ROUNDS:
        with server(latency) as url, langextract(url) as peer:
            taken = [(asyncio.run(asked(url, number)), peer(number)) for _ in range(min(repeats, pairs))]
        ours, theirs = (tuple(number / seconds for seconds in one) for one in zip(*taken, strict=True))
        name = f"documents a second that a model of {latency * 1000:g} ms is asked about, {CONCURRENCY} at a time"
        let_through = CONCURRENCY / latency
        found += [
            Figure(f"{name[0].upper()}{name[1:]}", "/s", ours, "what it lets through", SHARE, limit=let_through, more=True),
            Figure(f"Of langextract, {name}", "/s", ours, "langextract, same server", BESIDE, peer=theirs, more=True),
        ]
    return found


if __name__ == "__main__":
    print(table(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 3)))
