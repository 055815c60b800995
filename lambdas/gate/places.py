"""Where the gate puts things: keys that say by themselves what an earlier attempt has done already.

Of a table with the prefix `documents/inbox__notes` in the bronze bucket:

- `…/texts/<document id>`: a document's bytes as they came, under their SHA-256, so that the same bytes are one object.
- `…/accepted/<day>/<time>-<received>-<document id>`: that it was accepted, in the order in which documents were; empty, as its key says all.
  A document whose acceptance was begun twice has two.

and in the same bucket `documents/quarantine/<source>/<day>/<upload id>`. In the bucket of what runs leave stands the record of each
upload: `uploads/<source>/<day>/<upload id>.json`. Days of records and quarantine are those of the upload, days of `accepted` those of
the gate's own clock: what is read in order of acceptance must not come in late.
"""

from datetime import UTC, datetime

from .upload import Upload

# No source can be called so.
NO_SOURCE = "no-source"


def record_key(upload: Upload, source: str) -> str:
    """The record of an upload."""
    return f"uploads/{source or NO_SOURCE}/{upload.uploaded_at[:10]}/{upload.id}.json"


def quarantine_key(upload: Upload, source: str) -> str:
    """Where an upload goes that is refused."""
    return f"documents/quarantine/{source or NO_SOURCE}/{upload.uploaded_at[:10]}/{upload.id}"


def text_key(prefix: str, document_id: str) -> str:
    """Where a document's bytes are."""
    return f"{prefix}/texts/{document_id}"


def accepted_key(prefix: str, document_id: str, received_at: str, now: datetime) -> str:
    """The entry of a document among those that were accepted; keys sort as times do.

    Args:
        prefix: The table's.
        document_id: The document.
        received_at: When its upload came, UTC: `2026-01-31T18:00:00Z`.
        now: The gate's clock.
    """
    received = datetime.fromisoformat(received_at).astimezone(UTC)
    return f"{prefix}/accepted/{now.astimezone(UTC):%Y-%m-%d/%H%M%S.%f}-{received:%Y%m%dT%H%M%SZ}-{document_id}"
