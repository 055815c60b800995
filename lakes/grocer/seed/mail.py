"""What customers write: a handful of letters, uploaded to the landing bucket as the mail room would."""

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

LETTERS = Path(__file__).parent / "letters"
CONTENT_TYPE = "text/plain; charset=utf-8"


def send(client: Any, place: str, progress: Callable[[str, int, int], None], rows: int | None) -> dict[str, dict[str, Any]]:
    """Uploads the letters; sent again, each is the same letter.

    Args:
        client: A boto3 client of S3.
        place: `<bucket>/<prefix>`.
        progress: Called with the table, the letters that are sent and those in all.
        rows: At most so many; None for all.

    Returns:
        By table what docs/interfaces.md says of `lake seed --json`.
    """
    bucket, _, prefix = place.partition("/")
    letters = sorted(LETTERS.iterdir())[:rows]
    for number, letter in enumerate(letters, 1):
        # Some machines take the accents of file names apart.
        key = prefix + unicodedata.normalize("NFC", letter.name)
        client.put_object(Bucket=bucket, Key=key, Body=letter.read_bytes(), ContentType=CONTENT_TYPE)
        progress("letters", number, len(letters))
    return {"letters": {"rows": len(letters), "money": {}, "source_rows": len(letters), "dirt": {}, "silver": {}}}
