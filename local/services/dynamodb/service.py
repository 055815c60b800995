"""DynamoDB: tables are the emulator's; point-in-time recovery and exports are the laptop's own, from the history of every item."""

from collections.abc import Iterable

from local.emulator.process import Emulator
from local.service import Handlers, Json, Service
from local.services.dynamodb.clock import Clock
from local.services.dynamodb.export_files import key_of
from local.services.dynamodb.exports import Exports
from local.services.dynamodb.recovery import PointInTimeRecovery
from local.services.dynamodb.tables import TableProperties
from local.services.dynamodb.write_log import WriteLog

RECOVERY_HANDLERS: Handlers[PointInTimeRecovery] = {
    "UpdateContinuousBackups": PointInTimeRecovery.update,
    "DescribeContinuousBackups": PointInTimeRecovery.describe,
}
EXPORT_HANDLERS: Handlers[Exports] = {
    "ExportTableToPointInTime": Exports.start,
    "DescribeExport": Exports.describe,
    "ListExports": Exports.listed,
}
REFUSED = ("ImportTable", "RestoreTableToPointInTime")


def required_resources(operation: str, request: Json) -> Iterable[str]:
    """Exports are checked on the table and on the export, which the emulator would not look at."""
    if operation == "ExportTableToPointInTime" and request.get("TableArn"):
        return [str(request["TableArn"])]
    if operation == "DescribeExport" and request.get("ExportArn"):
        return [str(request["ExportArn"])]
    return []


def install(emulator: Emulator) -> None:
    """Adds history, recovery and exports."""
    clock, log = Clock(emulator.settings.clock), WriteLog(emulator.settings.state / "dynamodb.sqlite")
    recovery, exports = PointInTimeRecovery(emulator, log, clock), Exports(emulator, log, clock)

    def remember(table: Json, old: Json | None, new: Json | None) -> None:
        names = [part["AttributeName"] for part in table["KeySchema"]]
        log.add(table["TableId"], clock.now(), key_of(new or old or {}, names), old, new)

    emulator.dynamodb.watch_items(remember)
    emulator.operations.answer("dynamodb", RECOVERY_HANDLERS, recovery)
    emulator.operations.answer("dynamodb", EXPORT_HANDLERS, exports)
    emulator.operations.refuse("dynamodb", REFUSED, "the laptop does not do this; it would only say that it did")
    emulator.iam.require_resources("dynamodb", required_resources)
    emulator.cloudformation.correct_type("AWS::DynamoDB::Table", TableProperties(emulator))
    emulator.at_start(lambda: log.prune(clock.now()))
    emulator.at_start(exports.give_up)
    emulator.at_stop(exports.finish)


SERVICE = Service(
    name="DynamoDB",
    truth="emulated",
    sentence="Tables are the emulator's; exports are real, full and incremental, from the last 35 days of every item and with AWS's limits, on a clock that can be put forward; imports and restores are refused.",
    types=("AWS::DynamoDB::Table",),
    operations=(*RECOVERY_HANDLERS, *EXPORT_HANDLERS, *REFUSED),
    install=install,
)
