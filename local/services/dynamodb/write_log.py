"""Who wrote what when: the history of DynamoDB's items, from which a table's past is exported; kept for 35 days in a file."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.service import Json

KEPT = timedelta(days=35)

_TABLES = """
CREATE TABLE IF NOT EXISTS writes (id INTEGER PRIMARY KEY, table_id TEXT NOT NULL, at INTEGER NOT NULL, key TEXT NOT NULL, old TEXT, new TEXT);
CREATE INDEX IF NOT EXISTS writes_by_time ON writes (table_id, at);
CREATE TABLE IF NOT EXISTS recovery (table_id TEXT PRIMARY KEY, since INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS exports (arn TEXT PRIMARY KEY, table_arn TEXT NOT NULL, token TEXT, request TEXT NOT NULL, description TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Write:
    """One write of one item.

    Attributes:
        at: Microseconds since 1970 UTC.
        key: The item's key attributes as canonical JSON.
        old: The item before, None where it was not there.
        new: The item after, None where it was deleted.
    """

    at: int
    key: str
    old: Json | None
    new: Json | None


class WriteLog:
    """The history of all tables, by the id that a table has from its creation to its deletion."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A killed machine may lose the last writes, a killed laptop none.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_TABLES)
        self._last = int(self._one("SELECT coalesce(max(at), 0) FROM writes") or 0)

    def add(self, table_id: str, at: datetime, key: str, old: Json | None, new: Json | None) -> None:
        """Remembers a write; no two are at the same microsecond."""
        images = [json.dumps(image) if image is not None else None for image in (old, new)]
        with self._lock:
            self._last = max(self._last + 1, micros(at))
            self._connection.execute(
                "INSERT INTO writes (table_id, at, key, old, new) VALUES (?, ?, ?, ?, ?)", (table_id, self._last, key, *images)
            )

    def between(self, table_id: str, start: datetime, end: datetime) -> Iterator[Write]:
        """The writes of a table from a moment on and before another, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT at, key, old, new FROM writes WHERE table_id = ? AND at >= ? AND at < ? ORDER BY at",
                (table_id, micros(start), micros(end)),
            ).fetchall()
        for at, key, old, new in rows:
            yield Write(at, key, *(json.loads(image) if image is not None else None for image in (old, new)))

    def prune(self, now: datetime) -> None:
        """Forgets what can't be exported any more."""
        with self._lock:
            self._connection.execute("DELETE FROM writes WHERE at < ?", (micros(now - KEPT),))

    def recovery_since(self, table_id: str) -> datetime | None:
        """When point-in-time recovery was turned on; None where it is off."""
        since = self._one("SELECT since FROM recovery WHERE table_id = ?", table_id)
        return datetime.fromtimestamp(int(since) / 1_000_000, UTC) if since is not None else None

    def set_recovery(self, table_id: str, since: datetime | None) -> None:
        """Turns point-in-time recovery on or off; where it is on already it stays as it is."""
        with self._lock:
            if since is None:
                self._connection.execute("DELETE FROM recovery WHERE table_id = ?", (table_id,))
            else:
                self._connection.execute("INSERT OR IGNORE INTO recovery VALUES (?, ?)", (table_id, micros(since)))

    def save_export(self, request: Json, description: Json) -> None:
        """Keeps an export and what it was asked with."""
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO exports VALUES (?, ?, ?, ?, ?)",
                (
                    description["ExportArn"],
                    description["TableArn"],
                    description.get("ClientToken"),
                    json.dumps(request, sort_keys=True),
                    json.dumps(description),
                ),
            )

    def exports(self) -> list[tuple[Json, Json]]:
        """All exports, each the request and its description, oldest first."""
        with self._lock:
            rows = self._connection.execute("SELECT request, description FROM exports ORDER BY rowid").fetchall()
        return [(json.loads(request), json.loads(description)) for request, description in rows]

    def _one(self, query: str, *values: object) -> str | int | None:
        with self._lock:
            row = self._connection.execute(query, values).fetchone()
        return row[0] if row else None


def micros(moment: datetime) -> int:
    """A moment as DynamoDB writes it into an export."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
