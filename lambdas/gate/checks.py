"""What a document must be to come in, decided from its name, its size and its bytes alone."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

type Reason = Literal["name", "empty", "too-large", "mislabelled", "encoding", "binary", "gone"]

MEDIA_TYPES = {".txt": "text/plain", ".md": "text/markdown"}
LONGEST_NAME_BYTES = 255
# Letters and digits of any language, and what people write between them.
_NAME = re.compile(r"[\w .,()\[\]&'@#+=!~-]+")
# Only what no text begins with, so that no letter is taken for something else.
_MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive, as Word and Excel files are",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF87a": "a GIF picture",
    b"GIF89a": "a GIF picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Office file of before 2007",
    b"{\\rtf": "RTF",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "an SQLite database",
}
_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# Of text in Latin letters nearly every other byte is NUL in UTF-16; of pictures and programs far fewer stand so regularly.
_SHARE_OF_NULS = 0.4


@dataclass(frozen=True)
class Refusal:
    """Why an upload does not come in.

    Attributes:
        reason: One word, for machines.
        explanation: A sentence, for the one who sent it.
    """

    reason: Reason
    explanation: str


@dataclass(frozen=True)
class Limits:
    """What a source takes.

    Attributes:
        largest_bytes: The largest document.
        suffixes: What names may end with, with the point, in lower case.
    """

    largest_bytes: int
    suffixes: tuple[str, ...]


def refused_unread(source: str, name: str, size_bytes: int, limits: Limits | None, sources: Collection[str]) -> Refusal | None:
    """What can be said against an upload before a byte of it is fetched; None if nothing.

    Args:
        source: The first level of the key.
        name: The rest of it.
        size_bytes: As S3 says.
        limits: The source's; None where there is no such source.
        sources: The sources that there are.
    """
    if limits is None:
        return Refusal("name", f"no source is called {source!r}; the first level of a key is one of {', '.join(sorted(sources))}")
    if problem := _name_problem(name, limits.suffixes):
        return Refusal("name", problem)
    if size_bytes == 0:
        return Refusal("empty", "it has no byte")
    if size_bytes > limits.largest_bytes:
        return Refusal("too-large", f"it has {size_bytes} bytes, and {source} takes at most {limits.largest_bytes}")
    return None


def refused_content(content: bytes) -> Refusal | None:
    """What can be said against a document's bytes; None where they are UTF-8 text."""
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            return Refusal("mislabelled", f"it is called a text and is {what}")
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return Refusal("encoding", f"it is {encoding}; send it as UTF-8")
    if b"\0" in content:
        for first in (0, 1):
            every_other = content[first::2]
            if every_other and every_other.count(0) / len(every_other) > _SHARE_OF_NULS:
                return Refusal("encoding", "it looks like UTF-16 without a byte order mark; send it as UTF-8")
        return Refusal("binary", f"it has a NUL byte at {content.index(0)}, which no text has")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal("encoding", f"it is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}; send it as UTF-8")
    if not text.removeprefix("\ufeff").strip():
        return Refusal("empty", "it has white space only")
    return None


def media_type(name: str) -> str:
    """The media type of a document whose name was found good."""
    return MEDIA_TYPES[_suffix(name)]


def _name_problem(name: str, suffixes: Collection[str]) -> str | None:
    if not name or name.endswith("/"):
        return "it is a folder and no document"
    if len(name.encode()) > LONGEST_NAME_BYTES:
        return f"its name has {len(name.encode())} bytes, and {LONGEST_NAME_BYTES} are the most"
    for level in name.split("/"):
        if level in ("", ".", ".."):
            return f"a level of its name is {level!r}"
        if strange := _NAME.sub("", unicodedata.normalize("NFC", level)):
            return f"its name has {strange[0]!r}; letters, digits, spaces and . , ( ) [ ] & ' @ # + = ! ~ _ - are taken"
    if _suffix(name) not in suffixes:
        return f"its name ends with {_suffix(name) or 'no suffix'!r}, and {' and '.join(suffixes)} are taken"
    return None


def _suffix(name: str) -> str:
    stem, point, last = name.rpartition("/")[2].rpartition(".")
    return f".{last.lower()}" if point and stem else ""
