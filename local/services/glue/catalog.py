"""Glue's catalog, connections and security configurations; triggers and workflows are refused until they do something."""

from collections.abc import Iterable
from datetime import datetime

from local.emulator import Emulator
from local.service import Context, Handlers, Json, Provisioned, Resource, ResourceType, Service, ServiceError


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


class Tables:
    """What is asked of tables and the emulator would answer otherwise."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def versions(self, request: Json, context: Context) -> Json:
        """GetTableVersions: the emulator keeps one version of a table, the current one."""
        glue = self._emulator.client("glue")
        try:
            table = glue.get_table(DatabaseName=request["DatabaseName"], Name=request["TableName"])["Table"]
        except glue.exceptions.EntityNotFoundException as error:
            raise ServiceError("EntityNotFoundException", error.response["Error"]["Message"]) from error
        table = {key: value.timestamp() if isinstance(value, datetime) else value for key, value in table.items()}
        return {"TableVersions": [{"Table": table, "VersionId": str(table.get("VersionId", "0"))}]}

    def get_all(self, request: Json, context: Context) -> Json:
        """GetTables: for a database that does not exist the emulator would answer that it has no tables."""
        glue, name = self._emulator.client("glue"), request["DatabaseName"]
        try:
            glue.get_database(Name=name)
        except glue.exceptions.EntityNotFoundException as error:
            raise ServiceError("EntityNotFoundException", f"Database {name} not found.") from error
        return context.proceed(request)


def required_resources(account: str, region: str) -> "ResourceRule":
    """The ARNs that Glue checks for a call."""
    return ResourceRule(f"arn:aws:glue:{region}:{account}:")


class ResourceRule:
    """Glue checks a table, its database and the catalog; the emulator would check the database alone."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __call__(self, operation: str, request: Json) -> Iterable[str]:
        return [self._prefix + resource for resource in self._resources(operation, request)]

    def _resources(self, operation: str, request: Json) -> list[str]:
        if operation.endswith(("Database", "Databases")):
            name = request.get("Name") or request.get("DatabaseInput", {}).get("Name") or "*"
            return ["catalog", f"database/{name}"]
        if "DatabaseName" in request:
            database = request["DatabaseName"]
            named = request.get("TableName") or request.get("Name") or request.get("TableInput", {}).get("Name")
            tables = request.get("TablesToDelete") or [named or "*"]
            return ["catalog", f"database/{database}", *(f"table/{database}/{table}" for table in tables)]
        if operation.endswith(("Connection", "Connections")):
            name = request.get("Name") or request.get("ConnectionName") or request.get("ConnectionInput", {}).get("Name") or "*"
            return ["catalog", f"connection/{name}"]
        if "Crawler" in operation:
            named = [request["Name"]] if request.get("Name") else request.get("CrawlerNames") or request.get("CrawlerNameList") or ["*"]
            return [f"crawler/{name}" for name in named]
        if operation.endswith(("Job", "JobRun", "JobRuns")):
            return [f"job/{request.get('JobName') or request.get('Name') or '*'}"]
        return []


HANDLERS: Handlers[Tables] = {"GetTableVersions": Tables.versions, "GetTables": Tables.get_all}
REFUSED = ("StartTrigger", "StartWorkflowRun", "StartBlueprintRun", "StartDataQualityRulesetEvaluationRun")


def install(emulator: Emulator) -> None:
    """Corrects the catalog."""
    settings = emulator.settings
    emulator.register_type("AWS::Glue::SecurityConfiguration", SecurityConfiguration(emulator), tags=None)
    emulator.answer("glue", HANDLERS, Tables(emulator))
    emulator.require_resources("glue", required_resources(settings.account, settings.region))
    emulator.refuse("glue", REFUSED, "the laptop does not do this yet; it would only say that it did")


SERVICE = Service(
    name="Glue catalog",
    truth="real",
    sentence="Databases, tables with optimistic locking, connections and security configurations; one version of a table is kept, and triggers and workflows are refused.",
    types=("AWS::Glue::SecurityConfiguration",),
    operations=(*HANDLERS, *REFUSED),
    install=install,
)
