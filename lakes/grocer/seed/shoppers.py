"""Letters that shoppers might have written, about products, stores and campaigns of the sample; the same ones on each machine.

What is in a letter is known as it is written, so that an extraction can be measured by it. The writers are made up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]
import yaml

from .drawing import Chances
from .sample import Sample, file

LETTERS = 400
CHANNELS = ("e-mail", "chat", "voicemail", "note")
PHRASES = Path(__file__).parent / "phrases"
NAMES = (
    "Ana Torres",
    "Ben Carter",
    "Clara Vogel",
    "Dmitri Hahn",
    "Elena Ruiz",
    "Frank Osei",
    "Greta Lindt",
    "Hugo Marín",
    "Ines Keller",
    "Jo Park",
)
# The stores with most lines.
STORES = 40

type Record = dict[str, Any]


@dataclass(frozen=True)
class Letter:
    """A letter, and what is in it.

    Attributes:
        name: Of its file.
        text: As it was written.
        kind: What makes it hard: `one`, `several`, `off-topic`, `empty` or `instruction`.
        channel: How it came.
        language: Two letters.
        records: What an extraction should find; a field that the letter does not tell is left out.
    """

    name: str
    text: str
    kind: str
    channel: str
    language: str
    records: tuple[Record, ...]

    @property
    def content(self) -> bytes:
        """The file."""
        return self.text.encode()

    @property
    def document_id(self) -> str:
        """What the lake knows it by."""
        return sha256(self.content).hexdigest()

    @property
    def told(self) -> dict[str, Any]:
        """The truth about it as JSON has it."""
        return {"kind": self.kind, "channel": self.channel, "language": self.language, "records": list(self.records)}


@dataclass(frozen=True)
class World:
    """What letters are about."""

    products: Sequence[Mapping[str, str]]
    stores: Sequence[int]
    campaigns: Sequence[Mapping[str, Any]]


@dataclass
class _Writing:
    """One letter as it is being written."""

    chances: Chances
    phrases: Mapping[str, Any]
    language: str
    channel: str
    world: World
    day: date
    shared: Record = field(default_factory=dict)

    def filled(self, name: str, choices: Sequence[str], **known: str) -> str:
        return self.chances.one(name, choices).format(name=self.chances.one("name", NAMES), **known)

    def place(self) -> list[str]:
        """Where and when, as far as the letter tells; what it tells holds for all of its records."""
        store = str(self.chances.one("store", self.world.stores))
        parts = {"day": self.day.day, "dd": f"{self.day.day:02d}", "mm": f"{self.day.month:02d}", "year": self.day.year}
        parts["month"] = self.phrases["months"][self.day.month - 1]
        draw = self.chances.number("place", 100)
        dated, exact = draw < 60, draw < 50
        with_store = self.chances.happens("with store", 65)
        told = self.chances.one("date", self.phrases["dates" if exact else "dates_without_year"]).format(**parts)
        if with_store:
            self.shared["store_id"] = int(store)
        if exact:
            self.shared["happened_on"] = self.day.isoformat()
        if dated or with_store:
            form = "both" if dated and with_store else "date" if dated else "store"
            return [self.filled("place form", self.phrases["places"][form], store=store, date=told)]
        if self.chances.happens("vague", 40):
            return [
                self.filled("vague form", self.phrases["places"]["vague"], date=self.chances.one("vague date", self.phrases["vague_dates"]))
            ]
        return []

    def matter(self, number: int, topics: Sequence[str]) -> tuple[str, Record]:
        """What the letter is about, in one sentence, and what that tells."""
        name = f"matter {number}"
        key = self.chances.one(name, [topic for topic in self.phrases["topics"] if topic.partition(".")[0] in topics])
        topic, _, sentiment = key.partition(".")
        sentence = self.chances.one(f"{name} sentence", self.phrases["topics"][key])
        record: Record = {"topic": topic, "sentiment": sentiment}
        product = self.chances.one(f"{name} product", self.world.products)
        campaign = self.chances.one(f"{name} campaign", [one for one in self.world.campaigns if one["start"] <= self.day <= one["end"]])
        cents = Decimal(59 + self.chances.number(f"{name} amount", 1900)) / 100
        if "{product}" in sentence:
            record |= {"product": product[self.language], "department": product["department"]}
        if "{campaign}" in sentence:
            record["campaign_id"] = campaign["number"]
        if "{amount}" in sentence:
            record["amount"] = f"{cents:.2f}"
        amount = self.chances.one(f"{name} money", self.phrases["amounts"]).format(
            amount=f"{cents:.2f}".replace(".", self.phrases["decimal"])
        )
        return sentence.format(product=product[self.language], amount=amount, campaign=campaign["number"]), record

    def demand(self, *, displeased: bool) -> list[str]:
        """What the writer wants, if they say so."""
        if self.chances.happens("reply", 40):
            self.shared["wants_reply"] = True
            return [self.chances.one("reply form", self.phrases["replies"])]
        return [self.chances.one("no reply", self.phrases["no_reply"])] if displeased and self.chances.happens("remark", 50) else []

    def laid_out(self, sentences: Sequence[str]) -> str:
        """The sentences as this channel has them."""
        opening = self.filled("opening", self.phrases["openings"].get(self.channel, [""]))
        closing = self.filled("closing", self.phrases["closings"].get(self.channel, [""]))
        if self.channel == "e-mail":
            return f"{opening}\n\n{_wrapped(' '.join(sentences))}\n\n{closing}\n"
        if self.channel == "voicemail":
            spoken = [self._spoken(number, sentence) for number, sentence in enumerate(sentences)]
            return f"[voicemail 0:{20 + self.chances.number('length', 39)}] {opening} {' '.join(spoken)} {closing}\n"
        if self.channel == "chat":
            return self._chat(sentences)
        return "\n".join(f"- {sentence.rstrip('.')}" for sentence in sentences) + "\n"

    def _spoken(self, number: int, sentence: str) -> str:
        if not self.chances.happens(f"filler {number}", 40):
            return sentence
        return f"{self.chances.one(f'which filler {number}', self.phrases['fillers']).capitalize()}, {sentence}"

    def _chat(self, sentences: Sequence[str]) -> str:
        chat, minute = self.phrases["chat"], self.chances.number("minute", 40)
        lines = [f"[18:{minute:02d}] {chat['grocer']}: {chat['lines'][0]}"]
        for number, sentence in enumerate(sentences, 1):
            lines.append(f"[18:{minute + number:02d}] {chat['shopper']}: {sentence}")
            if self.chances.happens(f"answer {number}", 30):
                lines.append(f"[18:{minute + number:02d}] {chat['grocer']}: {self.chances.one(f'answer {number}', chat['lines'][1:])}")
        return "\n".join(lines) + "\n"


TOPICS = ("quality", "price", "coupon", "service", "availability", "store")


def letters(number: int = LETTERS) -> Iterator[Letter]:
    """The first letters of the 400."""
    world = _world()
    phrases = {language: yaml.safe_load((PHRASES / f"{language}.yaml").read_text(encoding="utf-8")) for language in ("en", "es", "de")}
    for letter in range(min(number, LETTERS)):
        yield _letter(letter, world, phrases)


def _letter(number: int, world: World, phrases: Mapping[str, Mapping[str, Any]]) -> Letter:
    chances = Chances(number)
    language = chances.one("language", ("en",) * 10 + ("es",) * 6 + ("de",) * 4)
    kind = chances.one("kind", ("one",) * 26 + ("several",) * 6 + ("off-topic",) * 3 + ("empty",) * 2 + ("instruction",) * 3)
    channel = chances.one("channel", CHANNELS)
    day = date(2017, 1, 1) + timedelta(days=chances.number("day", 358))
    writing = _Writing(chances, phrases[language], language, channel, world, day)
    sentences, records = _content(writing, kind)
    # Two short letters may say the same; a file is a letter of its own by the number that the mail room gives it.
    text = f"#{number + 1:04d}\n{writing.laid_out(sentences)}"
    return Letter(f"letter-{number + 1:04d}.txt", text, kind, channel, language, tuple(records))


def _content(writing: _Writing, kind: str) -> tuple[list[str], list[Record]]:
    chances, phrases = writing.chances, writing.phrases
    if kind in ("off-topic", "empty"):
        return [chances.one(kind, phrases["off_topic" if kind == "off-topic" else "empty"])], []
    instruction = [chances.one("instruction", phrases["instructions"])] if kind == "instruction" else []
    if instruction and chances.happens("nothing else", 25):
        return instruction, []
    place = writing.place()
    left, matters = list(TOPICS), []
    for matter in range(2 + chances.happens("third", 20) if kind == "several" else 1):
        sentence, record = writing.matter(matter, left)
        left.remove(record["topic"])
        if matter:
            sentence = f"{chances.one(f'also {matter}', phrases['also'])} {sentence}"
        matters.append((sentence, record))
    demand = writing.demand(displeased=any(record["sentiment"] == "negative" for _, record in matters))
    told = [sentence for sentence, _ in matters]
    body = [*place, *told] if chances.happens("place first", 70) else [*told, *place]
    body.insert(chances.number("where", len(body) + 1), *instruction) if instruction else None
    return [*body, *demand], [record | writing.shared for _, record in matters]


@cache
def _world() -> World:
    sample = Sample(None)
    master: dict[tuple[str, str], str] = {}
    columns = ("product_category", "product_type", "department")
    for category, kind, department in zip(*(sample.products[name].to_pylist() for name in columns), strict=True):
        master.setdefault((category, kind), department)
    named = yaml.safe_load((PHRASES / "products.yaml").read_text(encoding="utf-8"))
    products = [product | {"department": master[product["category"], product["type"]]} for product in named]
    lines = pc.value_counts(pyarrow.parquet.read_table(file("transactions"), columns=["store_id"])["store_id"]).to_pylist()
    busiest = sorted(lines, key=lambda store: (-store["counts"], store["values"]))[:STORES]
    campaigns = [
        {"number": int(row["campaign_id"]), "start": row["start_date"], "end": row["end_date"]} for row in sample.campaigns.to_pylist()
    ]
    return World(products, [int(store["values"]) for store in busiest], campaigns)


def _wrapped(text: str, width: int = 76) -> str:
    """Lines as a mail program breaks them."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


__all__ = ["LETTERS", "Letter", "letters"]
