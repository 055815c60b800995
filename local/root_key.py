"""The access key of a laptop's root: random, made when it is first asked for, and kept in the home."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from local.errors import LaptopError
from local.whole_file import write_whole

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class RootKey:
    """An access key.

    Attributes:
        id: As AWS writes them.
        secret: What requests are signed with; in no message and no log.
    """

    id: str
    secret: str

    def __repr__(self) -> str:
        return f"RootKey(id={self.id!r})"


def root_key(home: Path) -> RootKey:
    """The key of a home; all who ask at the same time get the same one.

    Raises:
        LaptopError: The file holds something else.
    """
    file = home / "root-key.json"
    if not file.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(home / "root-key.lock", "a", opener=_for_us_only) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                write_whole(file, json.dumps(asdict(_new())).encode())
    try:
        return RootKey(**json.loads(file.read_bytes()))
    except (ValueError, TypeError):
        raise LaptopError(f"{file}: is not the key of a laptop's root; delete it, then `lake down` and `lake up` make another") from None


def _new() -> RootKey:
    return RootKey("AKIA" + "".join(secrets.choice(_LETTERS) for _ in range(16)), secrets.token_urlsafe(30))


def _for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
