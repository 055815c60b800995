"""Security configurations of templates."""

from local.emulator.process import Emulator
from local.service import Json, Provisioned, Resource, ResourceType


class SecurityConfiguration(ResourceType):
    """Which keys jobs are told to use; kept, but nothing on a laptop is encrypted."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def create(self, resource: Resource) -> Provisioned:
        encryption = {
            ("S3Encryption" if key == "S3Encryptions" else key): value
            for key, value in resource.properties["EncryptionConfiguration"].items()
        }
        name = resource.properties["Name"]
        self._emulator.client("glue").create_security_configuration(Name=name, EncryptionConfiguration=encryption)
        return Provisioned(name)

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        if resource.properties["Name"] == physical_id:
            # All of it is create-only, and a name can't be had twice.
            raise ValueError(
                f"CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {physical_id} and update the stack again."
            )
        return self.create(resource)

    def delete(self, physical_id: str, properties: Json) -> None:
        glue = self._emulator.client("glue")
        try:
            glue.delete_security_configuration(Name=physical_id)
        except glue.exceptions.EntityNotFoundException:
            return
