"""Files that are there whole or not at all, whoever reads them meanwhile and whatever becomes of the writer."""

import os
import threading
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Writes a file for its owner alone, or replaces it.

    Args:
        file: Where; its folder is there. Beside it, a hidden file of another name is what is being written.
        content: All of it.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.new")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(file)
