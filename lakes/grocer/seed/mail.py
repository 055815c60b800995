"""What customers write: letters by hand and by chance, uploaded to the landing bucket as the mail room would."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from . import shoppers

HAND_WRITTEN = Path(__file__).parent / "letters"
TRUTH = Path(__file__).parent / "letters.yaml"
CONTENT_TYPE = "text/plain; charset=utf-8"
# A letter takes longer than a row: it passes the gate, and a model reads it.
ROWS_PER_LETTER = 50


@dataclass(frozen=True)
class Document:
    """A file of the mail room.

    Attributes:
        name: Of the file.
        content: Its bytes.
        truth: What is in it: `kind`, `channel`, `language` and `records`.
    """

    name: str
    content: bytes
    truth: Mapping[str, Any]

    @property
    def document_id(self) -> str:
        """What the lake knows it by."""
        return sha256(self.content).hexdigest()


def documents(rows: int | None = None) -> Iterator[Document]:
    """The letters.

    Args:
        rows: So many rows of a table are wanted: all letters by hand, as far as there may be so many, and one by chance for each 50 rows.
            None for all 405.
    """
    truth = yaml.safe_load(TRUTH.read_text(encoding="utf-8"))
    # Some machines take the accents of file names apart.
    by_hand = sorted((unicodedata.normalize("NFC", file.name), file) for file in HAND_WRITTEN.iterdir())
    for name, file in by_hand[:rows]:
        yield Document(name, file.read_bytes(), truth[name])
    for letter in shoppers.letters(shoppers.LETTERS if rows is None else rows // ROWS_PER_LETTER):
        yield Document(letter.name, letter.content, letter.told)


def send(client: Any, place: str, progress: Callable[[str, int, int], None], rows: int | None) -> dict[str, dict[str, Any]]:
    """Uploads the letters; sent again, each is the same letter.

    Args:
        client: A boto3 client of S3.
        place: `<bucket>/<prefix>`.
        progress: Called with the table, the letters that are sent and those in all.
        rows: As for `documents`.

    Returns:
        By table what docs/interfaces.md says of `lake seed --json`; `documents` has what is in each letter, which the lake is not told.
    """
    bucket, _, prefix = place.partition("/")
    letters = list(documents(rows))
    for number, letter in enumerate(letters, 1):
        client.put_object(Bucket=bucket, Key=prefix + letter.name, Body=letter.content, ContentType=CONTENT_TYPE)
        progress("letters", number, len(letters))
    told = {letter.document_id: dict(letter.truth) for letter in letters}
    return {"letters": {"rows": len(letters), "money": {}, "source_rows": len(letters), "dirt": {}, "silver": {}, "documents": told}}


__all__ = ["Document", "documents", "send"]
