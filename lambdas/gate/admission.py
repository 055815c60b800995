"""What is done with an upload, step by step, so that an attempt which dies is finished by the next one.

The order is what makes it safe: bytes, then the entry among the accepted, then the record, then the message, and only then the upload
is removed. Each step is known by its key or does no harm twice; the bytes carry the id of the upload that brought them, which tells an
attempt's own work from a repeated document.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from .checks import Limits, Refusal, media_type, refused_content, refused_unread
from .outcome import Outcome
from .places import accepted_key, quarantine_key, record_key, text_key
from .upload import Upload


@dataclass(frozen=True)
class Source:
    """A source of documents.

    Attributes:
        prefix: Where its table's documents are in the bronze bucket, without a slash at its end.
        limits: What it takes.
        dag_id: The DAG that reads it.
        batch_seconds: How long a batch is open.
    """

    prefix: str
    limits: Limits
    dag_id: str
    batch_seconds: int


class Gone(Exception):
    """An upload is no longer in the landing bucket."""


class Storage(Protocol):
    """What the gate does to buckets."""

    def record(self, key: str) -> bytes | None:
        """A record; None where there is none."""

    def put_record(self, key: str, content: bytes) -> None:
        """Writes a record."""

    def read(self, upload: Upload) -> bytes:
        """Its bytes; raises Gone."""

    def keep(self, key: str, content: bytes, *, upload: str, name: str, media_type: str) -> str:
        """Puts bytes unless the key has some; returns the id of the upload that brought those that are there."""

    def put_entry(self, key: str) -> None:
        """Makes an entry among the accepted."""

    def quarantine(self, upload: Upload, key: str, refusal: Refusal) -> None:
        """Copies the upload without fetching it, the reason in the copy's tags; raises Gone."""

    def remove(self, upload: Upload) -> None:
        """Removes this version from the landing bucket; one that is gone is no error."""


@dataclass(frozen=True)
class Gate:
    """The gate of a lake.

    Attributes:
        sources: By name.
        storage: The buckets.
        now: The clock.
    """

    sources: Mapping[str, Source]
    storage: Storage
    now: Callable[[], datetime]

    def admit(self, upload: Upload) -> Outcome:
        """Decides about an upload and writes the decision down.

        The upload stays in the landing bucket until `finish`. One that is still there is decided again, by whatever attempt, and as before;
        one that is gone stays as it was decided.
        """
        source = upload.source if upload.source in self.sources else ""
        key = record_key(upload, source)
        try:
            outcome = self._decided(upload, source)
        except Gone:
            if known := self.storage.record(key):
                return Outcome.from_json(known)
            outcome = _outcome(upload, source, Refusal("gone", "it was removed from the landing bucket before it was looked at"))
        self.storage.put_record(key, outcome.to_json())
        return outcome

    def finish(self, upload: Upload) -> None:
        """Removes an upload that was decided, and whose run was asked for."""
        self.storage.remove(upload)

    def _decided(self, upload: Upload, source: str) -> Outcome:
        settings = self.sources.get(source)
        limits = settings.limits if settings else None
        refusal = refused_unread(upload.source, upload.name, upload.size_bytes, limits, self.sources)
        if refusal is not None or settings is None:
            return self._refused(upload, source, refusal or Refusal("name", "it has no source"))
        content = self.storage.read(upload)
        refusal = refused_content(content)
        if refusal is not None:
            return self._refused(upload, source, refusal)
        return self._accepted(upload, source, settings, content)

    def _refused(self, upload: Upload, source: str, refusal: Refusal) -> Outcome:
        key = quarantine_key(upload, source)
        self.storage.quarantine(upload, key, refusal)
        return _outcome(upload, source, refusal, kept_at=key)

    def _accepted(self, upload: Upload, source: str, settings: Source, content: bytes) -> Outcome:
        document_id = sha256(content).hexdigest()
        kept_at, kind = text_key(settings.prefix, document_id), media_type(upload.name)
        first = self.storage.keep(kept_at, content, upload=upload.id, name=upload.name, media_type=kind)
        if first != upload.id:
            return _outcome(upload, source, document_id=document_id, kept_at=kept_at, first=first)
        self.storage.put_entry(accepted_key(settings.prefix, document_id, upload.uploaded_at, self.now()))
        return _outcome(upload, source, document_id=document_id, kept_at=kept_at)


def _outcome(
    upload: Upload,
    source: str,
    refusal: Refusal | None = None,
    *,
    document_id: str | None = None,
    kept_at: str | None = None,
    first: str | None = None,
) -> Outcome:
    return Outcome(
        upload=upload.id,
        source=source,
        key=upload.key,
        size_bytes=upload.size_bytes,
        uploaded_at=upload.uploaded_at,
        decision="refused" if refusal else "repeated" if first else "accepted",
        reason=refusal.reason if refusal else None,
        explanation=refusal.explanation if refusal else None,
        document_id=document_id,
        kept_at=kept_at,
        first=first,
    )
