"""Who may do what in Trino: what is written in no rule is denied, and a rule lasts as long as the statement that needs it."""

import json
import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.services.athena.trino.files import CATALOG, OPERATOR, REFRESH_SECONDS, Folder

# Callers are ARNs. Other names are the laptop's own, and those of a view's owner, as who Trino reads what is in the view.
_NO_CALLER = "(?!arn:).*"
LISTER = "lake:lister"
"""Sees the names of all tables and reads none; nobody who may read all is there, as a view may name anybody as its owner."""

_READ = ("SELECT",)
# Any privilege shows a table in information_schema; this one does not read it, and only statements that change a table use it.
_LIST = ("UPDATE",)
# The owner of a view shows others what is in it.
_SHOW = ("SELECT", "GRANT_SELECT")
_CHANGE = ("SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP")
_NOTHING = "(?!)"


@dataclass(frozen=True)
class Permission:
    """What a user may do in one database.

    Attributes:
        database: Its name.
        tables: Those that may be read, with their metadata tables; with none, the user sees that there is the database.
        changes: Whether they may be made, changed and dropped as well.
        listed: Whether they may be seen in information_schema, and not read.
    """

    database: str
    tables: frozenset[str] = frozenset()
    changes: bool = False
    listed: bool = False


class Rules:
    """The rules of one Trino; a process of the laptop that holds its lease writes them."""

    def __init__(self, folder: Folder) -> None:
        """Knows them; nothing is written.

        Args:
            folder: Of the Trino.
        """
        self._folder = folder
        self._lock = threading.Lock()
        self._granted: list[tuple[str, frozenset[Permission]]] = []

    @contextmanager
    def permitted(self, user: str, permissions: Collection[Permission]) -> Iterator[None]:
        """Lets a user do something for as long as the block, and what other blocks permit."""
        if not user.startswith("arn:"):
            raise ValueError("a caller is an ARN")
        granted = user, frozenset(permissions)
        with self._lock:
            self._granted.append(granted)
            self._write()
        try:
            yield
        finally:
            # What is written meanwhile no longer has it, and nothing else runs as this user.
            with self._lock:
                self._granted.remove(granted)

    def _write(self) -> None:
        wanted = rules(self._granted)
        if not self._folder.rules.exists() or json.loads(self._folder.rules.read_bytes()) != wanted:
            self._folder.write_rules(wanted)
            # Trino reads them again at the first question after this time.
            time.sleep(REFRESH_SECONDS * 1.5)


def rules(granted: Iterable[tuple[str, Collection[Permission]]]) -> dict[str, Any]:
    """The content of the file; a list that is left out would permit all, so each is there.

    Args:
        granted: Users, and what each of them may do.
    """
    # The first rule of a table counts, whichever of a user's statements it is for.
    known = sorted(
        {(user, permission) for user, permissions in granted for permission in permissions},
        key=lambda one: (one[0], not one[1].changes, one[1].listed, one[1].database, sorted(one[1].tables)),
    )
    writers = sorted({user for user, permission in known if permission.changes})
    tables = [_table(user, permission) for user, permission in known]
    # What is in a view is checked for who asks; its owner shows no more than what somebody may read just now.
    owners = [
        {**_table("", permission), "user": _NO_CALLER, "privileges": list(_SHOW)}
        for permission in dict.fromkeys(permission for _, permission in known if permission.tables and not permission.listed)
    ]
    return {
        "catalogs": [
            {"user": re.escape(OPERATOR), "catalog": CATALOG, "allow": "owner"},
            # More than reading is needed for SELECT in another's view; their tables can't be changed all the same.
            {"user": _NO_CALLER, "catalog": CATALOG, "allow": "all"},
            *({"user": re.escape(writer), "catalog": CATALOG, "allow": "all"} for writer in writers),
            {"catalog": CATALOG, "allow": "read-only"},
            {"catalog": ".*", "allow": "none"},
        ],
        "schemas": [{"owner": False}],
        "tables": [
            # The connector's own schema lists all tables, whoever asks.
            {"user": re.escape(LISTER), "catalog": CATALOG, "schema": "(?!system$).*", "privileges": list(_LIST)},
            *owners,
            *tables,
            # There is one in every catalog, and it shows no more than these rules permit.
            {"catalog": CATALOG, "schema": "information_schema", "table": _NOTHING, "privileges": list(_READ)},
            {"privileges": []},
        ],
        "functions": [{"privileges": []}],
        "procedures": [{"privileges": []}],
        "queries": [{"allow": ["execute"]}],
        "impersonation": [{"original_user": ".*", "new_user": ".*", "allow": False}],
        "system_information": [{"allow": []}],
        "system_session_properties": [{"property": "query_max_scan_physical_bytes", "allow": True}, {"allow": False}],
        "catalog_session_properties": [{"allow": False}],
    }


def _table(user: str, permission: Permission) -> dict[str, Any]:
    named = "|".join(re.escape(table) for table in sorted(permission.tables))
    return {
        "user": re.escape(user),
        "catalog": CATALOG,
        "schema": re.escape(permission.database),
        "table": rf"(?:{named})(?:\$.*)?" if named else _NOTHING,
        "privileges": list(_CHANGE if permission.changes else _LIST if permission.listed else _READ),
    }
