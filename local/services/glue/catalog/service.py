"""Glue's catalog, connections and security configurations; triggers and workflows are refused until they do something."""

from local.emulator.process import Emulator
from local.service import Handlers, Service
from local.services.glue.catalog.permissions import ResourceRule
from local.services.glue.catalog.security_configurations import SecurityConfiguration
from local.services.glue.catalog.tables import Tables

HANDLERS: Handlers[Tables] = {"GetTableVersions": Tables.versions, "GetTables": Tables.get_all}
REFUSED = ("StartTrigger", "StartWorkflowRun", "StartBlueprintRun", "StartDataQualityRulesetEvaluationRun")


def install(emulator: Emulator) -> None:
    """Corrects the catalog."""
    settings = emulator.settings
    emulator.cloudformation.register_type("AWS::Glue::SecurityConfiguration", SecurityConfiguration(emulator), tags=None)
    emulator.operations.answer("glue", HANDLERS, Tables(emulator))
    emulator.iam.require_resources("glue", ResourceRule(settings.account, settings.region))
    emulator.operations.refuse("glue", REFUSED, "the laptop does not do this yet; it would only say that it did")


SERVICE = Service(
    name="Glue catalog",
    truth="real",
    sentence="Databases, tables with optimistic locking, connections and security configurations; one version of a table is kept, and triggers and workflows are refused.",
    types=("AWS::Glue::SecurityConfiguration",),
    operations=(*HANDLERS, *REFUSED),
    install=install,
)
