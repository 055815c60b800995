"""Which laptop a Trino's catalog points to: one Trino serves several laptops in turns.

A query holds a lease, shared with the other queries of its laptop. A laptop that finds the catalog pointing elsewhere waits until no
lease is held and points it to itself; meanwhile no other lease is given, so that it waits for the queries under way alone.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.errors import LaptopError
from local.processes import Process
from local.services.athena.trino.client import Trino, TrinoFailed
from local.services.athena.trino.files import CATALOG, OPERATOR
from local.settings import Settings
from local.whole_file import write_whole


@dataclass(frozen=True)
class Target:
    """An AWS endpoint, and the key by which Trino reads from it.

    Attributes:
        endpoint: Of all services.
        region: An AWS region.
        key: An access key.
        secret: Its secret; in no message and no log.
    """

    endpoint: str
    region: str
    key: str
    secret: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """A laptop, read with its root's key."""
        root = settings.root_credentials()
        return cls(settings.endpoint, settings.region, root["AWS_ACCESS_KEY_ID"], root["AWS_SECRET_ACCESS_KEY"])

    def __repr__(self) -> str:
        return f"Target(endpoint={self.endpoint!r}, region={self.region!r})"

    @property
    def fingerprint(self) -> str:
        """What tells it from others and gives nothing away."""
        return hashlib.sha256(json.dumps([self.endpoint, self.region, self.key, self.secret]).encode()).hexdigest()

    def statement(self) -> str:
        """The statement that makes the catalog."""
        settings = {
            "iceberg.catalog.type": "glue",
            # Else VACUUM keeps what is younger than a week, and Athena's default are five days.
            "iceberg.expire-snapshots.min-retention": "0s",
            "iceberg.remove-orphan-files.min-retention": "0s",
            "hive.metastore.glue.region": self.region,
            "hive.metastore.glue.endpoint-url": self.endpoint,
            "hive.metastore.glue.aws-access-key": self.key,
            "hive.metastore.glue.aws-secret-key": self.secret,
            "fs.native-s3.enabled": "true",
            "s3.region": self.region,
            "s3.endpoint": self.endpoint,
            "s3.path-style-access": "true",
            "s3.aws-access-key": self.key,
            "s3.aws-secret-key": self.secret,
        }
        given = ", ".join(f'"{name}" = {_quoted(value)}' for name, value in settings.items())
        return f"CREATE CATALOG {CATALOG} USING iceberg WITH ({given})"


@contextmanager
def lease(trino: Trino, target: Target, given_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Keeps a Trino's catalog pointing to a target for as long as the block.

    Args:
        trino: The server.
        target: Where it shall point.
        given_up: Whether nobody waits for it any more; asked while others have their turn.

    Raises:
        InterruptedError: It was given up.
        LaptopError: Trino could not be pointed there.
        TrinoUnreachable: There is no Trino.
    """
    folder = trino.folder
    with _opened(folder.path / "lease.lock") as lock:
        # A file lock has no queue: who waits for the lease alone would do so while others come and go.
        with _opened(folder.path / "turn.lock") as turn:
            _take(turn, fcntl.LOCK_EX, given_up)
            _take(lock, fcntl.LOCK_SH, given_up)
            # A Trino that was started again has forgotten its catalog.
            process = Process.load(folder.process)
            wanted = f"{target.fingerprint} {process.pid if process else ''} {process.started if process else ''}"
            pointed = folder.path / "pointed"
            if not pointed.exists() or pointed.read_text("utf-8") != wanted:
                _take(lock, fcntl.LOCK_EX, given_up)
                pointed.unlink(missing_ok=True)
                _point(trino, target)
                write_whole(pointed, wanted.encode())
                fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def _point(trino: Trino, target: Target) -> None:
    try:
        trino.run(f"DROP CATALOG IF EXISTS {CATALOG}", user=OPERATOR)
        trino.run(target.statement(), user=OPERATOR)
    except TrinoFailed as error:
        # Not its words: they may repeat the statement, which has the key in it.
        raise LaptopError(f"Trino's catalog can't be pointed to {target.endpoint}: {error.name}") from None


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    number = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield number
    finally:
        os.close(number)


def _take(lock: int, kind: int, given_up: Callable[[], bool]) -> None:
    while True:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if given_up():
                raise InterruptedError("Query was cancelled by user") from None
            time.sleep(0.05)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
