"""Since when each table of DynamoDB can be restored."""

from local.emulator.process import Emulator
from local.service import Context, Json, ServiceError
from local.services.dynamodb.clock import Clock
from local.services.dynamodb.exports import earliest_restorable
from local.services.dynamodb.write_log import WriteLog


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
        table = self._emulator.dynamodb.table(name)
        if table is None:
            raise ServiceError("TableNotFoundException", f"Table not found: {name}")
        return table
