"""Queries that Athena keeps by name: its API for them, and their type in templates.

The emulator has both, but lists the queries of all workgroups where AWS lists those of one, and lets IAM know no workgroup of a query that is
asked for by its id.
"""

import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.emulator.process import Emulator
from local.service import Context, Handlers, Json, Provisioned, Resource, ResourceType, ServiceError
from local.services.athena.paging import page_of
from local.whole_file import write_whole

# A query of no workgroup is in this one.
PRIMARY = "primary"
PAGE = 50


class NamedQueries:
    """The named queries of a laptop, one JSON file each.

    Args:
        folder: Where they are kept.
        check_workgroup: Raises a ServiceError where there is no such workgroup.
    """

    def __init__(self, folder: Path, check_workgroup: Callable[[str], object]) -> None:
        self._folder, self._check_workgroup = folder, check_workgroup
        self._lock = threading.Lock()
        self._all: dict[str, Json] = {}
        for file in sorted(self._folder.glob("*.json")):
            kept: Json = json.loads(file.read_text(encoding="utf-8"))
            self._all[kept["NamedQueryId"]] = kept

    def create(self, request: Json, context: Context) -> Json:
        """CreateNamedQuery; the same client token makes the same query."""
        token = request.get("ClientRequestToken")
        with self._lock:
            for identifier, known in self._all.items():
                if token and known.get("ClientRequestToken") == token:
                    return {"NamedQueryId": identifier}
        workgroup = str(request.get("WorkGroup") or PRIMARY)
        self._check_workgroup(workgroup)
        query = {**request, "WorkGroup": workgroup, "NamedQueryId": str(uuid.uuid4())}
        self._keep(query)
        return {"NamedQueryId": query["NamedQueryId"]}

    def get(self, request: Json, context: Context) -> Json:
        """GetNamedQuery."""
        return {"NamedQuery": _shown(self._known(request))}

    def get_many(self, request: Json, context: Context) -> Json:
        """BatchGetNamedQuery."""
        asked = [str(identifier) for identifier in request.get("NamedQueryIds") or []]
        missing = [identifier for identifier in asked if identifier not in self._all]
        return {
            "NamedQueries": [_shown(self._all[identifier]) for identifier in asked if identifier in self._all],
            "UnprocessedNamedQueryIds": [
                {"NamedQueryId": identifier, "ErrorCode": "INVALID_INPUT", "ErrorMessage": _missing(identifier)} for identifier in missing
            ],
        }

    def list_all(self, request: Json, context: Context) -> Json:
        """ListNamedQueries, of one workgroup."""
        workgroup = str(request.get("WorkGroup") or PRIMARY)
        with self._lock:
            own = [identifier for identifier, query in self._all.items() if query["WorkGroup"] == workgroup]
        chosen, token = page_of(request, own, PAGE)
        return {"NamedQueryIds": chosen, **token}

    def update(self, request: Json, context: Context) -> Json:
        """UpdateNamedQuery: name, description and text."""
        changed: Json = {name: request[name] for name in ("Name", "Description", "QueryString") if name in request}
        self._keep({**self._known(request), **changed})
        return {}

    def delete(self, request: Json, context: Context) -> Json:
        """DeleteNamedQuery; one that is gone already is no error."""
        identifier = str(request.get("NamedQueryId") or "")
        with self._lock:
            if self._all.pop(identifier, None) is not None:
                self._file(identifier).unlink(missing_ok=True)
        return {}

    def workgroups(self, request: Json) -> tuple[str, ...]:
        """The workgroups of the queries that a request is about; none where it names only such as do not exist."""
        if not request.keys() & {"NamedQueryId", "NamedQueryIds"}:
            return (str(request.get("WorkGroup") or PRIMARY),)
        asked = map(str, [request.get("NamedQueryId"), *(request.get("NamedQueryIds") or [])])
        return tuple(sorted({str(self._all[identifier]["WorkGroup"]) for identifier in asked if identifier in self._all}))

    def _known(self, request: Json) -> Json:
        identifier = str(request.get("NamedQueryId") or "")
        found = self._all.get(identifier)
        if found is None:
            raise ServiceError("InvalidRequestException", _missing(identifier))
        return found

    def _keep(self, query: Json) -> None:
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._file(query["NamedQueryId"]), json.dumps(query).encode())
            self._all[query["NamedQueryId"]] = query

    def _file(self, identifier: str) -> Path:
        return self._folder / f"{identifier}.json"


def _missing(identifier: str) -> str:
    return f"NamedQuery {identifier} was not found"


def _shown(query: Json) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name != "ClientRequestToken"}


HANDLERS: Handlers[NamedQueries] = {
    "CreateNamedQuery": NamedQueries.create,
    "GetNamedQuery": NamedQueries.get,
    "BatchGetNamedQuery": NamedQueries.get_many,
    "ListNamedQueries": NamedQueries.list_all,
    "UpdateNamedQuery": NamedQueries.update,
    "DeleteNamedQuery": NamedQueries.delete,
}


class NamedQuery(ResourceType):
    """A query kept by name; all of it is create-only."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def create(self, resource: Resource) -> Provisioned:
        wanted = ("Description", "Database", "QueryString", "WorkGroup")
        request = {name: resource.properties[name] for name in wanted if name in resource.properties}
        name = resource.properties.get("Name", resource.generated_name)
        identifier = self._emulator.client("athena").create_named_query(Name=name, **request)["NamedQueryId"]
        return Provisioned(identifier, {"NamedQueryId": identifier})

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        return self.create(resource)

    def delete(self, physical_id: str, properties: Json) -> None:
        self._emulator.client("athena").delete_named_query(NamedQueryId=physical_id)
