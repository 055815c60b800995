"""Settings of the data lake, and the locations whose data Lake Formation reads in a caller's place."""

import time
from collections.abc import Callable

from local.service import Context, Json, ServiceError
from local.services.lakeformation.lake import UNTOUCHED, DataLake
from local.services.lakeformation.pages import page
from local.services.lakeformation.refusals import exists, invalid, missing
from local.services.lakeformation.wire import required

_FLAGS = ("WithFederation", "HybridAccessEnabled", "WithPrivilegedAccess")


class Settings:
    """What IAM alone decides about: who may call it may change it."""

    def __init__(self, lake: DataLake, follow: Callable[[], None], passes_role: Callable[[str], str | None]) -> None:
        """Over a data lake.

        Args:
            lake: The state.
            follow: Takes note of what is new in the catalog.
            passes_role: Why the caller may not pass a role on; None if it may.
        """
        self._lake = lake
        self._follow = follow
        self._passes_role = passes_role

    def get(self, request: Json, context: Context) -> Json:
        """GetDataLakeSettings."""
        return {"DataLakeSettings": self._lake.settings}

    def put(self, request: Json, context: Context) -> Json:
        """PutDataLakeSettings: what is left out is emptied, as on AWS."""
        asked = request.get("DataLakeSettings") or {}
        if unknown := sorted(asked.keys() - UNTOUCHED.keys() - {"AllowFullTableExternalDataAccess", "AuthorizedSessionTagValueList"}):
            raise invalid(f"DataLakeSettings has no {unknown[0]}")
        if asked.get("AllowFullTableExternalDataAccess") or asked.get("AuthorizedSessionTagValueList"):
            raise invalid("the laptop's Lake Formation has no external engines")
        # What exists was made under the defaults of until now.
        self._follow()
        with self._lake.changing("settings"):
            emptied = {name: type(value)() for name, value in UNTOUCHED.items()}
            self._lake.settings = {**emptied, "Parameters": dict(UNTOUCHED["Parameters"]), **asked}
        return {}

    def register(self, request: Json, context: Context) -> Json:
        """RegisterResource."""
        arn = required(request, "ResourceArn").rstrip("/")
        if request.get("UseServiceLinkedRole") or not request.get("RoleArn"):
            raise invalid("the laptop has no service-linked roles; register the location with a RoleArn")
        if any(request.get(flag) for flag in _FLAGS):
            raise invalid(f"the laptop's Lake Formation has none of {', '.join(_FLAGS)}")
        if (reason := self._passes_role(request["RoleArn"])) is not None:
            raise ServiceError("AccessDeniedException", reason)
        with self._lake.changing(arn):
            if arn in self._lake.locations:
                raise exists(f"Resource is already registered: {arn}")
            self._lake.locations[arn] = _location(arn, request["RoleArn"])
        return {}

    def update(self, request: Json, context: Context) -> Json:
        """UpdateResource."""
        if (reason := self._passes_role(required(request, "RoleArn"))) is not None:
            raise ServiceError("AccessDeniedException", reason)
        arn = str(self._registered(request)["ResourceArn"])
        with self._lake.changing(arn):
            self._lake.locations[arn] = _location(arn, request["RoleArn"])
        return {}

    def deregister(self, request: Json, context: Context) -> Json:
        """DeregisterResource."""
        location = self._registered(request)
        with self._lake.changing(location["ResourceArn"]):
            self._lake.locations.pop(location["ResourceArn"], None)
        return {}

    def describe(self, request: Json, context: Context) -> Json:
        """DescribeResource."""
        return {"ResourceInfo": self._registered(request)}

    def list_all(self, request: Json, context: Context) -> Json:
        """ListResources."""
        if request.get("FilterConditionList"):
            raise invalid("the laptop lists all resources; leave FilterConditionList away")
        chosen, token = page(request, sorted(self._lake.locations.values(), key=lambda location: str(location["ResourceArn"])))
        return {"ResourceInfoList": list(chosen), **token}

    def _registered(self, request: Json) -> Json:
        location = self._lake.locations.get(required(request, "ResourceArn").rstrip("/"))
        if location is None:
            raise missing(f"Resource is not registered: {request['ResourceArn']}")
        return location


def _location(arn: str, role: str) -> Json:
    flags = {"WithFederation": False, "HybridAccessEnabled": False}
    return {"ResourceArn": arn, "RoleArn": role, "LastModified": round(time.time(), 3), **flags}
