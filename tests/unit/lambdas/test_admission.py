"""What becomes of uploads, also where an attempt dies at any step and the next one goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.gate.admission import Gate, Gone, Source
from lambdas.gate.checks import Limits, Refusal
from lambdas.gate.outcome import Outcome
from lambdas.gate.upload import Upload

SOURCE = Source(prefix="documents/post__letters", limits=Limits(1000, (".txt",)), dag_id="acme_post", batch_seconds=60)


class Died(Exception):
    """The process ended here."""


@dataclass
class Memory:
    """Buckets in memory; dies before or after the step that is told."""

    landing: dict[tuple[str, str], bytes] = field(default_factory=dict)
    records: dict[str, bytes] = field(default_factory=dict)
    texts: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    entries: set[str] = field(default_factory=set)
    quarantined: dict[str, Refusal] = field(default_factory=dict)
    read_bytes: int = 0
    dies_at: int | None = None
    steps: int = 0

    def _step(self, do: Callable[[], Any]) -> Any:
        self.steps += 1
        if self.dies_at == 2 * self.steps:
            raise Died
        done = do()
        if self.dies_at == 2 * self.steps + 1:
            raise Died
        return done

    def record(self, key: str) -> bytes | None:
        return self.records.get(key)

    def put_record(self, key: str, content: bytes) -> None:
        self._step(lambda: self.records.__setitem__(key, content))

    def read(self, upload: Upload) -> bytes:
        if (upload.key, upload.version) not in self.landing:
            raise Gone
        content = self.landing[upload.key, upload.version]
        self.read_bytes += len(content)
        return content

    def keep(self, key: str, content: bytes, *, upload: str, name: str, media_type: str) -> str:
        return str(self._step(lambda: self.texts.setdefault(key, (content, upload))[1]))

    def put_entry(self, key: str) -> None:
        self._step(lambda: self.entries.add(key))

    def quarantine(self, upload: Upload, key: str, refusal: Refusal) -> None:
        if (upload.key, upload.version) not in self.landing:
            raise Gone
        self._step(lambda: self.quarantined.__setitem__(key, refusal))

    def remove(self, upload: Upload) -> None:
        self._step(lambda: self.landing.pop((upload.key, upload.version), None))


class Landing:
    """Uploads through a gate."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.gate = Gate({"post": SOURCE}, self.memory, lambda: datetime(2026, 5, 1, 10, tzinfo=UTC))
        self.uploads: list[Upload] = []

    def put(self, key: str, content: bytes, size: int | None = None) -> Upload:
        upload = Upload("landing", key, f"v{len(self.uploads)}", len(content) if size is None else size, "2026-05-01T09:59:59Z")
        self.memory.landing[key, upload.version] = content
        self.uploads.append(upload)
        return upload

    def deliver(self, upload: Upload) -> Outcome:
        outcome = self.gate.admit(upload)
        self.gate.finish(upload)
        return outcome


@pytest.fixture
def landing() -> Landing:
    return Landing()


def test_a_good_letter_is_kept_under_its_hash_and_entered_once(landing: Landing) -> None:
    outcome = landing.deliver(landing.put("post/a.txt", b"Dear all"))
    assert (outcome.decision, outcome.kept_at) == ("accepted", f"documents/post__letters/texts/{outcome.document_id}")
    assert landing.memory.entries == {f"documents/post__letters/accepted/2026-05-01/100000.000000-20260501T095959Z-{outcome.document_id}"}
    assert not landing.memory.landing


def test_the_same_bytes_again_are_a_repetition_that_names_the_first(landing: Landing) -> None:
    first = landing.put("post/a.txt", b"Dear all")
    landing.deliver(first)
    outcome = landing.deliver(landing.put("post/b.txt", b"Dear all"))
    assert (outcome.decision, outcome.first) == ("repeated", first.id)
    assert len(landing.memory.entries) == 1
    assert len(landing.memory.records) == 2
    assert not landing.memory.landing


def test_what_is_too_large_is_never_fetched(landing: Landing) -> None:
    outcome = landing.deliver(landing.put("post/a.txt", b"x", size=200_000_000))
    assert (outcome.decision, outcome.reason) == ("refused", "too-large")
    assert landing.memory.read_bytes == 0
    assert outcome.kept_at in landing.memory.quarantined


def test_a_stray_key_is_quarantined_apart_from_all_sources(landing: Landing) -> None:
    outcome = landing.deliver(landing.put("elsewhere/a.txt", b"Dear all"))
    assert (outcome.source, outcome.reason) == ("", "name")
    assert str(outcome.kept_at).startswith("documents/quarantine/no-source/2026-05-01/")


def test_an_upload_that_was_removed_meanwhile_is_recorded_as_gone(landing: Landing) -> None:
    upload = landing.put("post/a.txt", b"Dear all")
    landing.memory.landing.clear()
    assert landing.deliver(upload).reason == "gone"


def test_an_event_that_is_delivered_again_changes_nothing(landing: Landing) -> None:
    upload = landing.put("post/a.txt", b"Dear all")
    first = landing.deliver(upload)
    assert landing.deliver(upload) == first
    assert len(landing.memory.entries) == len(landing.memory.records) == 1


CONTENTS = st.sampled_from([b"Dear all", b"Dear you", b"", b"%PDF-1.7", b"\xff\xfeD\x00", b"x" * 2000])
KEYS = st.sampled_from(["post/a.txt", "post/b.txt", "post/a.exe", "stray.txt"])


@given(st.lists(st.tuples(KEYS, CONTENTS), min_size=1, max_size=8), st.integers(2, 60))
def test_an_attempt_that_dies_anywhere_is_finished_by_the_next(arrivals: list[tuple[str, bytes]], dies_at: int) -> None:
    clean, broken = Landing(), Landing()
    for key, content in arrivals:
        clean.put(key, content)
        broken.put(key, content)
    for upload in clean.uploads:
        clean.deliver(upload)
    broken.memory.dies_at = dies_at
    for upload in broken.uploads:
        try:
            broken.deliver(upload)
        except Died:
            broken.memory.dies_at = None
            broken.deliver(upload)
    assert broken.memory.records == clean.memory.records
    assert broken.memory.texts == clean.memory.texts
    assert broken.memory.entries == clean.memory.entries
    assert broken.memory.quarantined == clean.memory.quarantined
    assert broken.memory.landing == clean.memory.landing == {}
    assert len(clean.memory.records) == len(arrivals)
