"""Athena's resources in templates."""

from local.emulator.process import Emulator
from local.service import Json, Provisioned, Resource, ResourceType


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
