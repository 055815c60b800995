"""Lake Formation's types of CloudFormation. Most are create-only: what changes is made anew, and what it was is then taken away."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from local.emulator.process import Emulator
from local.service import Json, Provisioned, Resource, ResourceType

_MISSING = frozenset({"EntityNotFoundException"})
_LISTS = ("TrustedResourceOwners", "ExternalDataFilteringAllowList", "AuthorizedSessionTagValueList")


class _Type(ResourceType):
    """A type whose resources are made by the API, as the account's root."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        """A call of the API; what has no value is left out."""
        arguments = {name: value for name, value in request.items() if value is not None}
        answer: Json = getattr(self._emulator.client("lakeformation"), operation)(**arguments)
        if failures := answer.get("Failures"):
            raise ValueError(f"{failures[0]['Error']['ErrorCode']}: {failures[0]['Error']['ErrorMessage']}")
        return answer

    def undo(self, operation: str, request: Mapping[str, Any], *, quiet: frozenset[str] = _MISSING) -> None:
        """A call that takes away what may be gone already."""
        client = self._emulator.client("lakeformation")
        try:
            getattr(client, operation)(**{name: value for name, value in request.items() if value is not None})
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in quiet:
                raise


class _CreateOnly(_Type):
    """A type none of whose properties can be changed."""

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        if old and old != resource.properties:
            return self.create(resource)
        # With no template known of a laptop that was killed, what is there is taken as it is.
        self.settle(resource)
        return self.provisioned(resource.properties)

    def settle(self, resource: Resource) -> None:
        """Sees to it that a resource is there that had been made."""

    def provisioned(self, properties: Json) -> Provisioned:
        """What CloudFormation knows of a resource of these properties."""
        raise NotImplementedError


class DataLakeSettings(_Type):
    """Administrators and defaults. An empty list of default permissions changes nothing, as on AWS."""

    def create(self, resource: Resource) -> Provisioned:
        self._put(resource.properties, {})
        return Provisioned(resource.generated_name)

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        self._put(resource.properties, old)
        return Provisioned(physical_id)

    def delete(self, physical_id: str, properties: Json) -> None:
        known = self.call("get_data_lake_settings", {})["DataLakeSettings"]
        gone = _admins(properties)
        kept = [admin for admin in known["DataLakeAdmins"] if admin["DataLakePrincipalIdentifier"] not in gone]
        self.call("put_data_lake_settings", {"DataLakeSettings": {**known, "DataLakeAdmins": kept}})

    def _put(self, new: Json, old: Json) -> None:
        known = self.call("get_data_lake_settings", {})["DataLakeSettings"]
        admins = _admins(new)
        if new.get("MutationType", "REPLACE") == "APPEND":
            gone = [admin for admin in _admins(old) if admin not in admins]
            there = [admin["DataLakePrincipalIdentifier"] for admin in known["DataLakeAdmins"]]
            admins = list(dict.fromkeys([*(admin for admin in there if admin not in gone), *admins]))
        settings = {**known, "DataLakeAdmins": [{"DataLakePrincipalIdentifier": admin} for admin in admins]}
        for name in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
            if new.get(name):
                settings[name] = [
                    {"Principal": _principal(default["Principal"]), "Permissions": default["Permissions"]} for default in new[name]
                ]
        for name in ("Parameters", "AllowExternalDataFiltering", *_LISTS):
            if name in new:
                settings[name] = new[name]
        if isinstance(settings.get("AllowExternalDataFiltering"), str):
            settings["AllowExternalDataFiltering"] = settings["AllowExternalDataFiltering"] == "true"
        self.call("put_data_lake_settings", {"DataLakeSettings": settings})


class Location(_Type):
    """A registered location (AWS::LakeFormation::Resource)."""

    def create(self, resource: Resource) -> Provisioned:
        properties = resource.properties
        flags = {name: _truth(properties.get(name)) for name in ("UseServiceLinkedRole", "WithFederation", "HybridAccessEnabled")}
        named = {"ResourceArn": properties["ResourceArn"], "RoleArn": properties.get("RoleArn")}
        self.call("register_resource", {**named, **{name: flag for name, flag in flags.items() if flag}})
        return Provisioned(properties["ResourceArn"])

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        if resource.properties["ResourceArn"] != physical_id:
            return self.create(resource)
        self.call("update_resource", {"ResourceArn": physical_id, "RoleArn": resource.properties.get("RoleArn")})
        return Provisioned(physical_id)

    def delete(self, physical_id: str, properties: Json) -> None:
        self.undo("deregister_resource", {"ResourceArn": physical_id})


class Tag(_Type):
    """A tag and its values."""

    def create(self, resource: Resource) -> Provisioned:
        key = resource.properties["TagKey"]
        self.call("create_lf_tag", {"TagKey": key, "TagValues": resource.properties["TagValues"]})
        return Provisioned(key)

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        if resource.properties["TagKey"] != physical_id:
            return self.create(resource)
        known = self.call("get_lf_tag", {"TagKey": physical_id})["TagValues"]
        values = [str(value).lower() for value in resource.properties["TagValues"]]
        added, removed = [value for value in values if value not in known], [value for value in known if value not in values]
        if added or removed:
            self.call("update_lf_tag", {"TagKey": physical_id, "TagValuesToAdd": added or None, "TagValuesToDelete": removed or None})
        return Provisioned(physical_id)

    def delete(self, physical_id: str, properties: Json) -> None:
        self.undo("delete_lf_tag", {"TagKey": physical_id})


class TagAssociation(_CreateOnly):
    """Tags on a database, a table or columns."""

    def create(self, resource: Resource) -> Provisioned:
        self.settle(resource)
        return self.provisioned(resource.properties)

    def settle(self, resource: Resource) -> None:
        self.call("add_lf_tags_to_resource", _association(resource.properties))

    def provisioned(self, properties: Json) -> Provisioned:
        association = _association(properties)
        identifiers = {"ResourceIdentifier": _text(association["Resource"]), "TagsIdentifier": _text(association["LFTags"])}
        return Provisioned(_digest(identifiers), identifiers)

    def delete(self, physical_id: str, properties: Json) -> None:
        self.undo("remove_lf_tags_from_resource", _association(properties))


class PrincipalPermissions(_CreateOnly):
    """Permissions of one principal on one resource."""

    def create(self, resource: Resource) -> Provisioned:
        if not isinstance(resource.properties.get("PermissionsWithGrantOption"), list):
            raise ValueError("PermissionsWithGrantOption is required; [] for none")
        self.settle(resource)
        return self.provisioned(resource.properties)

    def settle(self, resource: Resource) -> None:
        self.call("grant_permissions", _grant(resource.properties))

    def provisioned(self, properties: Json) -> Provisioned:
        grant = _grant(properties)
        identifiers = {"PrincipalIdentifier": _text(grant["Principal"]), "ResourceIdentifier": _text(grant["Resource"])}
        return Provisioned(_digest(grant), identifiers)

    def delete(self, physical_id: str, properties: Json) -> None:
        # What nobody holds any more can't be taken.
        self.undo("revoke_permissions", _grant(properties), quiet=_MISSING | {"InvalidInputException"})


class DataCellsFilter(_CreateOnly):
    """A data cells filter; one of the same name that changes can't be made beside the old one, so that names tell the content."""

    def create(self, resource: Resource) -> Provisioned:
        self.call("create_data_cells_filter", {"TableData": _filter(resource.properties)})
        return self.provisioned(resource.properties)

    def provisioned(self, properties: Json) -> Provisioned:
        return Provisioned("|".join(str(properties[name]) for name in ("TableCatalogId", "DatabaseName", "TableName", "Name")))

    def delete(self, physical_id: str, properties: Json) -> None:
        self.undo("delete_data_cells_filter", {name: properties[name] for name in ("TableCatalogId", "DatabaseName", "TableName", "Name")})


def _admins(properties: Json) -> list[str]:
    return [str(admin["DataLakePrincipalIdentifier"]) for admin in properties.get("Admins") or ()]


def _principal(principal: Json) -> Json:
    return {"DataLakePrincipalIdentifier": principal["DataLakePrincipalIdentifier"]}


def _association(properties: Json) -> Json:
    tags = [{"TagKey": tag["TagKey"], "TagValues": tag["TagValues"]} for tag in properties["LFTags"]]
    return {"Resource": _resource(properties["Resource"]), "LFTags": tags}


def _grant(properties: Json) -> Json:
    return {
        "Principal": _principal(properties["Principal"]),
        "Resource": _resource(properties["Resource"]),
        "Permissions": properties["Permissions"],
        "PermissionsWithGrantOption": properties["PermissionsWithGrantOption"],
    }


def _resource(target: Json) -> Json:
    """A resource of a template, in which a column wildcard and a location are written otherwise than in the API."""
    [(kind, value)] = [(kind, value) for kind, value in target.items() if value is not None]
    if kind == "DataLocation" and "S3Resource" in value:
        value = {**{name: each for name, each in value.items() if name != "S3Resource"}, "ResourceArn": value["S3Resource"]}
    return {kind: value}


def _filter(properties: Json) -> Json:
    names = ("TableCatalogId", "DatabaseName", "TableName", "Name", "RowFilter", "ColumnNames", "ColumnWildcard")
    return {name: properties[name] for name in names if properties.get(name) is not None}


def _truth(value: object) -> bool:
    return value is True or value == "true"


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _digest(value: object) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()[:32]
