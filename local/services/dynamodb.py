"""DynamoDB: tables are the emulator's; point-in-time recovery and exports are the laptop's own, from the history of every item."""

from collections.abc import Iterable

from local.clock import Clock
from local.emulator import Emulator
from local.service import Change, Context, Json, Provisioned, Service, ServiceError
from local.services.dynamodb_export import Exports, earliest_restorable
from local.services.dynamodb_files import key_of
from local.services.dynamodb_log import WriteLog


class PointInTimeRecovery:
    """Remembers since when each table can be restored, which is what bounds its exports."""

    def __init__(self, emulator: Emulator, log: WriteLog, clock: Clock) -> None:
        self._emulator = emulator
        self._log = log
        self._clock = clock

    def update(self, request: Json, context: Context) -> Json:
        """UpdateContinuousBackups."""
        context.proceed(request)
        wanted = request["PointInTimeRecoverySpecification"]
        self._log.set_recovery(self._table(request)["TableId"], self._clock.now() if wanted["PointInTimeRecoveryEnabled"] else None)
        return self.describe(request, context)

    def describe(self, request: Json, context: Context) -> Json:
        """DescribeContinuousBackups; a table can be restored up to now, where AWS is some minutes behind."""
        table = self._table(request)
        since, now = self._log.recovery_since(table["TableId"]), self._clock.now()
        recovery: Json = {"PointInTimeRecoveryStatus": "DISABLED"}
        if since is not None:
            recovery = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": 35,
                "EarliestRestorableDateTime": earliest_restorable(since, now).timestamp(),
                "LatestRestorableDateTime": int(now.timestamp()),
            }
        return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}}

    def _table(self, request: Json) -> Json:
        name = str(request.get("TableName", "")).rpartition("table/")[2]
        table = self._emulator.dynamodb_table(name)
        if table is None:
            raise ServiceError("TableNotFoundException", f"Table not found: {name}")
        return table


class TableProperties:
    """Puts what CloudFormation would drop of a table through the ordinary API."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def __call__(self, change: Change) -> Provisioned:
        client = self._emulator.client("dynamodb")
        if change.changed("PointInTimeRecoverySpecification"):
            wanted = change.new.get("PointInTimeRecoverySpecification", {})
            enabled = str(wanted.get("PointInTimeRecoveryEnabled", False)).lower() == "true"
            client.update_continuous_backups(
                TableName=change.physical_id, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
            )
        if change.changed("SSESpecification"):
            encryption = change.new.get("SSESpecification", {})
            specification = {"Enabled": str(encryption.get("SSEEnabled", False)).lower() == "true"}
            specification |= {name: encryption[name] for name in ("SSEType", "KMSMasterKeyId") if name in encryption}
            client.update_table(TableName=change.physical_id, SSESpecification=specification)
        return Provisioned(change.physical_id, change.attributes)


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

    emulator.watch_items(remember)
    emulator.wrap_operation("dynamodb", "UpdateContinuousBackups", recovery.update)
    emulator.wrap_operation("dynamodb", "DescribeContinuousBackups", recovery.describe)
    emulator.wrap_operation("dynamodb", "ExportTableToPointInTime", exports.start)
    emulator.wrap_operation("dynamodb", "DescribeExport", exports.describe)
    emulator.wrap_operation("dynamodb", "ListExports", exports.listed)
    emulator.refuse("dynamodb", _REFUSED, "the laptop does not do this; it would only say that it did")
    emulator.require_resources("dynamodb", required_resources)
    emulator.correct_type("AWS::DynamoDB::Table", TableProperties(emulator))
    emulator.at_start(lambda: log.prune(clock.now()))
    emulator.at_start(exports.give_up)
    emulator.at_stop(exports.finish)


_REFUSED = ("ImportTable", "RestoreTableToPointInTime")

SERVICE = Service(
    name="DynamoDB",
    truth="emulated",
    sentence="Tables are the emulator's; exports are real, full and incremental, from the last 35 days of every item and with AWS's limits, on a clock that can be put forward; imports and restores are refused.",
    types=("AWS::DynamoDB::Table",),
    operations=(
        "UpdateContinuousBackups",
        "DescribeContinuousBackups",
        "ExportTableToPointInTime",
        "DescribeExport",
        "ListExports",
        *_REFUSED,
    ),
    install=install,
)
