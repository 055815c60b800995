"""Who may do what in Trino: what is written in no rule is denied, and a rule lasts as long as the statement that needs it."""

import json
import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from local.services.athena.trino.files import CATALOG, OPERATOR, REFRESH_SECONDS, Folder

# Callers are ARNs. Other names are the laptop's own, and those of a view's owner, as who Trino reads what is in the view. Of what Lake
# Formation governs no owner reads anything: whether a caller may read a table does not say which of its columns.
_NO_CALLER = "(?!arn:).*"
LISTER = "lake:lister"
"""Sees the names of all tables and reads none; nobody who may read all is there, as a view may name anybody as its owner."""

FILTERER = "lake:filterer"
"""Reads what the expressions of row filters name, also where who asks does not see it; it shows others nothing in a view."""

_READ = ("SELECT",)
# Any privilege shows a table in information_schema; this one does not read it, and only statements that change a table use it. It shows all
# columns, as any but SELECT does: of a table with limits SELECT shows the others, and reads no row.
_LIST = ("UPDATE",)
# The owner of a view shows others what is in it.
_SHOW = ("SELECT", "GRANT_SELECT")
_CHANGE = ("SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP")
_NOTHING = "(?!)"


@dataclass(frozen=True)
class Limits:
    """What a user does not see of a table that it may read; its metadata tables, which tell of all of it, are not seen at all.

    Attributes:
        hidden: Columns that are not there for the user, in lower case; each that is not listed is there.
        rows: A row is there where this is true; None for all rows.
        masks: Columns, and where their values are there; they are null elsewhere.
    """

    hidden: frozenset[str]
    rows: str | None = None
    masks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Permission:
    """What a user may do in one database.

    Attributes:
        database: Its name.
        tables: Those that may be read, with their metadata tables; with none, the user sees that there is the database.
        changes: Whether they may be made, changed and dropped as well.
        listed: Whether they may be seen in information_schema, and not read.
        limits: What is not seen of them; None for nothing.
    """

    database: str
    tables: frozenset[str] = frozenset()
    changes: bool = False
    listed: bool = False
    limits: Limits | None = None


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
        self._governed: frozenset[str] = frozenset()

    @contextmanager
    def permitted(self, user: str, permissions: Collection[Permission], governed: frozenset[str] = frozenset()) -> Iterator[None]:
        """Lets a user do something for as long as the block, and what other blocks permit.

        Args:
            user: A caller.
            permissions: What it may do.
            governed: The databases in which the owner of a view reads nothing for others, from now on.
        """
        if not user.startswith("arn:"):
            raise ValueError("a caller is an ARN")
        granted = user, frozenset(permissions)
        with self._lock:
            self._granted.append(granted)
            self._governed = governed
            self._write()
        try:
            yield
        finally:
            # What is written meanwhile no longer has it, and nothing else runs as this user.
            with self._lock:
                self._granted.remove(granted)

    def _write(self) -> None:
        wanted = rules(self._granted, self._governed)
        if not self._folder.rules.exists() or json.loads(self._folder.rules.read_bytes()) != wanted:
            self._folder.write_rules(wanted)
            # Trino reads them again at the first question after this time.
            time.sleep(REFRESH_SECONDS * 1.5)


def rules(granted: Iterable[tuple[str, Collection[Permission]]], governed: Collection[str] = ()) -> dict[str, Any]:
    """The content of the file; a list that is left out would permit all, so each is there.

    Args:
        granted: Users, and what each of them may do.
        governed: The databases in which the owner of a view reads nothing for others.
    """
    # The first rule of a table counts, whichever of a user's statements it is for: of two the one that shows less.
    known = sorted(
        _united({(user, permission) for user, permissions in granted for permission in permissions}),
        key=lambda one: (one[0], not one[1].changes, one[1].listed, one[1].limits is None, one[1].database, sorted(one[1].tables)),
    )
    writers = sorted({user for user, permission in known if permission.changes})
    tables = [_table(user, permission) for user, permission in known]
    # What is in a view is checked for who asks; its owner shows no more than what somebody may read just now.
    owners = [
        {**_table("", permission), "user": _NO_CALLER, "privileges": list(_SHOW)}
        for permission in dict.fromkeys(permission for _, permission in known if permission.tables and not permission.listed)
        if permission.limits is None and permission.database not in governed
    ]
    filterers = [
        {**_table(FILTERER, replace(permission, limits=None)), "table": _named(permission)}
        for permission in dict.fromkeys(permission for _, permission in known if permission.limits is not None and not permission.listed)
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
            *filterers,
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


def _united(granted: Collection[tuple[str, Permission]]) -> set[tuple[str, Permission]]:
    """The same, where each user has one set of limits for a table: columns or grants may change between the start of two statements."""
    limits: dict[tuple[str, Permission], Limits] = {}
    for user, permission in granted:
        if permission.limits is not None:
            key = user, replace(permission, limits=None)
            limits[key] = _stricter(limits.get(key, permission.limits), permission.limits)
    unlimited = {(user, permission) for user, permission in granted if permission.limits is None}
    return unlimited | {(user, replace(permission, limits=found)) for (user, permission), found in limits.items()}


def _stricter(one: Limits, other: Limits) -> Limits:
    """Limits that hide what either hides."""
    rows = [limits.rows for limits in (one, other) if limits.rows is not None]
    masks: dict[str, set[str]] = {}
    for name, shown in (*one.masks, *other.masks):
        masks.setdefault(name, set()).add(shown)
    return Limits(
        one.hidden | other.hidden,
        _all_of(rows) if rows else None,
        tuple((name, _all_of(shown)) for name, shown in sorted(masks.items())),
    )


def _all_of(expressions: Iterable[str]) -> str:
    distinct = sorted(set(expressions))
    return distinct[0] if len(distinct) == 1 else " AND ".join(f"({expression})" for expression in distinct)


def _table(user: str, permission: Permission) -> dict[str, Any]:
    limits = permission.limits
    return {
        "user": re.escape(user),
        "catalog": CATALOG,
        "schema": re.escape(permission.database),
        "table": _named(permission) if limits is not None or not permission.tables else rf"{_named(permission)}(?:\$.*)?",
        "privileges": list(_CHANGE if permission.changes else _LIST if permission.listed and limits is None else _READ),
        **({} if limits is None else {"columns": _denied(limits), "filter": "false"} if permission.listed else _limits(limits)),
    }


def _named(permission: Permission) -> str:
    return f"(?:{'|'.join(re.escape(table) for table in sorted(permission.tables))})" if permission.tables else _NOTHING


def _limits(limits: Limits) -> dict[str, Any]:
    environment = {"user": FILTERER}
    masked = [
        {"name": column, "mask": f"CASE WHEN {shown} THEN {_quoted(column)} END", "mask_environment": environment}
        for column, shown in limits.masks
    ]
    rows = {} if limits.rows is None else {"filter": limits.rows, "filter_environment": environment}
    return {"columns": [*_denied(limits), *masked], **rows}


def _denied(limits: Limits) -> list[dict[str, Any]]:
    return [{"name": column, "allow": False} for column in sorted(limits.hidden)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
