"""DynamoDB's exports for real: AWS's own limits, the documented files, written with the caller's rights."""

import contextvars
import secrets
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from local.clients import Clients
from local.emulator.process import Emulator
from local.service import Context, Json, ServiceError
from local.services.dynamodb.clock import Clock
from local.services.dynamodb.export_files import export_files, full_lines, incremental_lines, items_at
from local.services.dynamodb.write_log import KEPT, Write, WriteLog

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
TOKEN_VALID = timedelta(hours=8)


class Exports:
    """ExportTableToPointInTime, DescribeExport and ListExports."""

    def __init__(self, emulator: Emulator, log: WriteLog, clock: Clock) -> None:
        self._emulator = emulator
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._running: list[threading.Thread] = []

    def start(self, request: Json, context: Context) -> Json:
        """ExportTableToPointInTime; the files are written after the answer."""
        name = str(request.get("TableArn", "")).rpartition("table/")[2]
        table = self._emulator.dynamodb.table(name)
        if table is None or table["TableArn"] != request["TableArn"]:
            raise ServiceError("TableNotFoundException", f"Table not found: {request.get('TableArn')}")
        with self._lock:
            if (known := self._same_token(request)) is not None:
                return {"ExportDescription": known}
            now = self._clock.now()
            description = self._described(request, table, now)
            caller = self._caller()
            self._log.save_export(request, description)
        # In the request's context, which says to the emulator which account and region are meant.
        write = partial(contextvars.copy_context().run, self._write, request, description, table, caller)
        thread = threading.Thread(target=write, daemon=True, name="dynamodb-export")
        self._running.append(thread)
        thread.start()
        return {"ExportDescription": description}

    def describe(self, request: Json, context: Context) -> Json:
        """DescribeExport."""
        for _, description in self._log.exports():
            if description["ExportArn"] == request.get("ExportArn"):
                return {"ExportDescription": description}
        raise ServiceError("ExportNotFoundException", f"Export not found: {request.get('ExportArn')}")

    def listed(self, request: Json, context: Context) -> Json:
        """ListExports, newest first; all on one page."""
        wanted = request.get("TableArn")
        return {
            "ExportSummaries": [
                {name: description[name] for name in ("ExportArn", "ExportStatus", "ExportType")}
                for _, description in reversed(self._log.exports())
                if wanted in (None, description["TableArn"])
            ]
        }

    def give_up(self) -> None:
        """Fails what an earlier process had begun."""
        for request, description in self._log.exports():
            if description["ExportStatus"] == "IN_PROGRESS":
                self._fail(request, description, "InternalServerError", "the laptop's AWS was stopped while it wrote the export")

    def finish(self) -> None:
        """Waits for what is under way."""
        for thread in self._running:
            thread.join(60)

    def _same_token(self, request: Json) -> Json | None:
        """The export that a repeated request means."""
        token = request.get("ClientToken")
        if token is None:
            return None
        for before, description in reversed(self._log.exports()):
            ended = _moment(float(description.get("EndTime") or description["StartTime"]))
            valid = self._clock.now() - ended < TOKEN_VALID
            if description.get("ClientToken") == token and (valid or description["ExportStatus"] == "IN_PROGRESS"):
                if before != request:
                    raise ServiceError("ExportConflictException", "The client token was used with other parameters in the last 8 hours")
                return description
        return None

    def _described(self, request: Json, table: Json, now: datetime) -> Json:
        name = table["TableName"]
        since = self._log.recovery_since(table["TableId"])
        if since is None:
            raise ServiceError("PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'")
        if request.get("ExportFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
            raise ServiceError("ValidationException", "the laptop writes ExportFormat DYNAMODB_JSON only")
        kind = request.get("ExportType", "FULL_EXPORT")
        kept = ("ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId")
        description: Json = {
            "ExportArn": f"{table['TableArn']}/export/{int(now.timestamp() * 1000):014d}-{secrets.token_hex(4)}",
            "ExportStatus": "IN_PROGRESS",
            "StartTime": now.timestamp(),
            "TableArn": table["TableArn"],
            "TableId": table["TableId"],
            "ExportFormat": "DYNAMODB_JSON",
            "ExportType": kind,
            **{field: request[field] for field in kept if field in request},
        }
        earliest = earliest_restorable(since, now)
        if kind == "FULL_EXPORT":
            moment = float(request.get("ExportTime", int(now.timestamp())))
            _check_moment("ExportTime", moment, earliest, now)
            return description | {"ExportTime": moment}
        if kind != "INCREMENTAL_EXPORT":
            raise ServiceError("ValidationException", f"ExportType: {kind!r} is not one of FULL_EXPORT, INCREMENTAL_EXPORT")
        return description | {"IncrementalExportSpecification": _window(request.get("IncrementalExportSpecification") or {}, earliest, now)}

    def _caller(self) -> dict[str, str]:
        """The caller's credentials, as DynamoDB writes with the caller's rights."""
        return self._emulator.roles.caller_environment()

    def _write(self, request: Json, description: Json, table: Json, caller: dict[str, str]) -> None:
        try:
            s3 = Clients(caller).of("s3")
            prefix = f"{description['S3Prefix'].strip('/')}/" if description.get("S3Prefix") else ""
            folder = f"{prefix}AWSDynamoDB/{description['ExportArn'].rpartition('/')[2]}"
            self._put(s3, description, f"{folder}/_started", b"")
            lines = self._lines(description, table)
            files = export_files(description, lines, table_id=table["TableId"], ended=self._clock.now())
            for key, content in files.objects.items():
                self._put(s3, description, key, content)
        except ClientError as error:
            told = error.response.get("Error", {})
            self._fail(request, description, f"S3{told.get('Code', 'Error')}", str(told.get("Message", "")))
        # Whatever goes wrong, someone waits for the export's end and must be told.
        except Exception as error:  # noqa: BLE001
            self._fail(request, description, "InternalServerError", f"{type(error).__name__}: {error}")
        else:
            done = {
                "ExportStatus": "COMPLETED",
                "EndTime": self._clock.now().timestamp(),
                "ExportManifest": files.summary,
                "ItemCount": files.items,
                "BilledSizeBytes": files.billed,
            }
            self._log.save_export(request, description | done)

    def _lines(self, description: Json, table: Json) -> list[Json]:
        identifier = table["TableId"]
        if description["ExportType"] == "INCREMENTAL_EXPORT":
            window = description["IncrementalExportSpecification"]
            writes = self._log.between(identifier, _moment(window["ExportFromTime"]), _moment(window["ExportToTime"]))
            return incremental_lines(writes, old_images=window["ExportViewType"] == "NEW_AND_OLD_IMAGES")
        names = [part["AttributeName"] for part in table["KeySchema"]]

        def as_of(items: list[Json]) -> list[Json]:
            later: list[Write] = list(self._log.between(identifier, _moment(description["ExportTime"]), datetime.max.replace(tzinfo=UTC)))
            return full_lines(items_at([dict(item) for item in items], later, names))

        return self._emulator.dynamodb.items(table["TableName"], as_of)

    @staticmethod
    def _put(s3: Any, description: Json, key: str, content: bytes) -> None:
        encryption: Json = {}
        if description.get("S3SseAlgorithm"):
            encryption["ServerSideEncryption"] = "aws:kms" if description["S3SseAlgorithm"] == "KMS" else "AES256"
        if description.get("S3SseKmsKeyId"):
            encryption["SSEKMSKeyId"] = description["S3SseKmsKeyId"]
        s3.put_object(Bucket=description["S3Bucket"], Key=key, Body=content, **encryption)

    def _fail(self, request: Json, description: Json, code: str, message: str) -> None:
        ended = {"ExportStatus": "FAILED", "EndTime": self._clock.now().timestamp(), "FailureCode": code, "FailureMessage": message}
        self._log.save_export(request, description | ended)


def earliest_restorable(since: datetime, now: datetime) -> datetime:
    """The first moment that a table can be restored to, to the second."""
    return max(since, now - KEPT).replace(microsecond=0)


def _window(specification: Json, earliest: datetime, now: datetime) -> Json:
    missing = [name for name in ("ExportFromTime", "ExportToTime") if name not in specification]
    if missing:
        raise ServiceError("ValidationException", f"the laptop needs {' and '.join(missing)} in IncrementalExportSpecification")
    start, end = float(specification["ExportFromTime"]), float(specification["ExportToTime"])
    _check_moment("ExportFromTime", start, earliest, now)
    _check_moment("ExportToTime", end, earliest, now)
    if not SHORTEST.total_seconds() <= end - start <= LONGEST.total_seconds():
        raise ServiceError(
            "ValidationException", "The difference between ExportFromTime and ExportToTime must be at least 15 minutes and at most 24 hours"
        )
    view = specification.get("ExportViewType", "NEW_AND_OLD_IMAGES")
    if view not in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        raise ServiceError("ValidationException", f"ExportViewType: {view!r} is not one of NEW_IMAGE, NEW_AND_OLD_IMAGES")
    return {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": view}


def _check_moment(field: str, seconds: float, earliest: datetime, now: datetime) -> None:
    if not earliest.timestamp() <= seconds <= now.timestamp():
        raise ServiceError(
            "InvalidExportTimeException",
            f"{field} {_moment(seconds).isoformat()} is outside of the point in time recovery window, {earliest.isoformat()} to {now.isoformat()}",
        )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
