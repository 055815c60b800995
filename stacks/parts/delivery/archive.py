"""Zip archives whose bytes follow from their content and nothing else."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

# The earliest moment that the format knows.
MOMENT = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100644 << 16


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files, in their order.

    It is not compressed: what it holds mostly is already, and compressors differ from machine to machine.
    """
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as target:
        for name, content in files.items():
            entry = ZipInfo(name, MOMENT)
            entry.create_system = 3
            entry.external_attr = REGULAR_FILE
            target.writestr(entry, content)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of a zip, by name, in its own order."""
    with ZipFile(BytesIO(content)) as source:
        return {entry.filename: source.read(entry) for entry in source.infolist() if not entry.is_dir()}
