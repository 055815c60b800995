"""What became of an upload, as its record tells it."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

type Decision = Literal["accepted", "repeated", "refused"]

RECORD_VERSION = 1


@dataclass(frozen=True)
class Outcome:
    """The record of one upload: one JSON object in the bucket of what runs leave.

    Attributes:
        upload: The upload's id.
        source: The source; empty where the key names none that there is.
        key: Its key in the landing bucket.
        size_bytes: Its size.
        uploaded_at: When it came, UTC.
        decision: Accepted and repeated documents are in bronze, refused ones in quarantine.
        reason: Of a refusal, one word; else None.
        explanation: Of a refusal, a sentence; else None.
        document_id: The SHA-256 of its bytes; None where they were not fetched.
        kept_at: The key in the bronze bucket where its bytes are; None where they were gone before.
        first: Of a repeated document the id of the upload that brought it first.
        version: Of this format.
    """

    upload: str
    source: str
    key: str
    size_bytes: int
    uploaded_at: str
    decision: Decision
    reason: str | None = None
    explanation: str | None = None
    document_id: str | None = None
    kept_at: str | None = None
    first: str | None = None
    version: int = RECORD_VERSION

    def to_json(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Outcome":
        """As it was written."""
        return cls(**json.loads(content))
