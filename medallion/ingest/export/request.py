"""Exports as DynamoDB is asked for them: each is written down before it is asked for, so that a retry finds it and never starts a second one."""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from medallion.ingest.export.files import ExportFiles, read_manifest
from medallion.ingest.export.window import Export, FullExport, IncrementalExport, ceiling, moment_of, next_export, text_of
from medallion.manifest.errors import Terminal, Transient
from medallion.manifest.names import exports_prefix

# As long as DynamoDB takes a repeated request with a token for the same one; one that is older is planned anew.
TOKEN_HOURS = 7
_POLL_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)


class NotExportable(Terminal):
    """A table can't be exported as it is."""


class ExportFailed(Terminal):
    """DynamoDB gave an export up; the next run asks for the window again."""


@dataclass(frozen=True)
class Target:
    """One DynamoDB table and where its exports go.

    Attributes:
        table: The table's name at the source.
        bronze: The bronze table's name.
        bucket: The bronze bucket.
        key_arn: The KMS key that encrypts the files; None for the bucket's own way.
        account: Twelve digits.
        region: The table's region.
    """

    table: str
    bronze: str
    bucket: str
    key_arn: str | None
    account: str
    region: str

    @property
    def arn(self) -> str:
        """The table's ARN."""
        return (
            f"arn:{boto3.session.Session().get_partition_for_region(self.region)}:dynamodb:{self.region}:{self.account}:table/{self.table}"
        )

    @property
    def prefix(self) -> str:
        """Where its original files are, in the bucket."""
        return exports_prefix(self.bronze)


@dataclass(frozen=True)
class Request:
    """An export that is going to be asked for, or was.

    Attributes:
        export: What it covers.
        token: What DynamoDB knows a repeated request by.
        asked_at: When it was written down, by the table's own clock.
        arn: The export, once DynamoDB has named it.
    """

    export: Export
    token: str
    asked_at: datetime
    arn: str | None = None


def exported(target: Target, last_end: datetime | None) -> tuple[Export, ExportFiles] | None:
    """The export that continues what was read, once its files are complete; one that an earlier attempt asked for is taken up again.

    Args:
        target: The table.
        last_end: Where the last published export ended; None where there was none.

    Returns:
        What it covers and its files; None where the next window is not due yet.

    Raises:
        NotExportable: The table is not there, or has no point-in-time recovery.
        ExportFailed: DynamoDB gave it up.
        Transient: DynamoDB or S3 can't be reached.
    """
    earliest, latest = restorable(target)
    before = _read(target, last_end)
    request = before if before is not None and _usable(before, target, earliest, latest) else None
    if request is None:
        export = next_export(last_end, earliest, latest)
        if export is None:
            return None
        request = Request(export, token(target.arn, export, before.token if before is not None else ""), latest)
        _write(target, last_end, request)
    if request.arn is None:
        request = Request(request.export, request.token, request.asked_at, _ask(target, request))
        _write(target, last_end, request)
    return request.export, _completed(target, str(request.arn))


def token(arn: str, export: Export, given_up: str = "") -> str:
    """What makes repeated requests for one window one request; after one that came to nothing, its token makes another."""
    return sha256(f"{arn}|{export.run_id}|{given_up}".encode()).hexdigest()[:36]


def restorable(target: Target) -> tuple[datetime, datetime]:
    """The first and the last moment that a table can be restored to.

    Raises:
        NotExportable: The table is not there, or has no point-in-time recovery.
    """
    try:
        answer = _dynamodb(target).describe_continuous_backups(TableName=target.table)
    except ClientError as error:
        raise NotExportable(f"{target.arn}: {_said(error)}; is the source's prefix right, and is the table there?") from error
    except BotoCoreError as error:
        raise Transient(f"{target.arn}: DynamoDB can't be reached: {type(error).__name__}") from error
    recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise NotExportable(f"{target.arn}: point-in-time recovery is off, and without it there are no exports; turn it on")
    return recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"]


def _usable(request: Request, target: Target, earliest: datetime, latest: datetime) -> bool:
    """Whether an earlier attempt's export goes on, or its request, which DynamoDB may have got, can be repeated as it is."""
    if request.arn is not None:
        described = _describe(request.arn, target)
        return described is not None and described["ExportStatus"] != "FAILED"
    start = request.export.start if isinstance(request.export, IncrementalExport) else request.export.end
    return start >= ceiling(earliest) and latest - request.asked_at < timedelta(hours=TOKEN_HOURS)


def _ask(target: Target, request: Request) -> str:
    export = request.export
    parameters: dict[str, Any] = {
        "TableArn": target.arn,
        "ClientToken": request.token,
        "S3Bucket": target.bucket,
        "S3BucketOwner": target.account,
        "S3Prefix": target.prefix,
        "ExportFormat": "DYNAMODB_JSON",
    }
    if target.key_arn is not None:
        parameters |= {"S3SseAlgorithm": "KMS", "S3SseKmsKeyId": target.key_arn}
    match export:
        case FullExport(end=end):
            parameters |= {"ExportType": "FULL_EXPORT", "ExportTime": end}
        case IncrementalExport(start=start, end=end):
            window = {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": "NEW_IMAGE"}
            parameters |= {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": window}
    try:
        answer = _dynamodb(target).export_table_to_point_in_time(**parameters)
    except ClientError as error:
        raise NotExportable(f"{target.arn}: {export.run_id} was refused: {_said(error)}") from error
    except BotoCoreError as error:
        raise Transient(f"{target.arn}: DynamoDB can't be reached: {type(error).__name__}") from error
    return str(answer["ExportDescription"]["ExportArn"])


def _completed(target: Target, arn: str) -> ExportFiles:
    """The files, once DynamoDB has written all; the job's own time limit ends the waiting."""
    for number in range(10**9):
        described = _describe(arn, target)
        if described is None:
            raise ExportFailed(f"{arn}: DynamoDB knows this export no more; run again to have the window exported anew")
        match described["ExportStatus"]:
            case "COMPLETED":
                return read_manifest(target.bucket, described["ExportManifest"], arn)
            case "FAILED":
                code, message = described.get("FailureCode", ""), described.get("FailureMessage", "")
                raise ExportFailed(f"{arn}: {code}: {message}; run again to have the window exported anew")
        time.sleep(_POLL_SECONDS[min(number, len(_POLL_SECONDS) - 1)])
    raise AssertionError("unreachable")


def _describe(arn: str, target: Target) -> dict[str, Any] | None:
    """What DynamoDB says of an export; None where it knows it no more, as it forgets them after 90 days."""
    client = _dynamodb(target)
    try:
        described: dict[str, Any] = client.describe_export(ExportArn=arn)["ExportDescription"]
    except client.exceptions.ExportNotFoundException:
        return None
    except ClientError as error:
        raise NotExportable(f"{arn}: {_said(error)}; the job's role needs dynamodb:DescribeExport on it") from error
    except BotoCoreError as error:
        raise Transient(f"{arn}: DynamoDB can't be reached: {type(error).__name__}") from error
    return described


def _request_key(target: Target, last_end: datetime | None) -> str:
    return f"{target.prefix}/requests/after-{text_of(last_end) if last_end is not None else 'nothing'}.json"


def _read(target: Target, last_end: datetime | None) -> Request | None:
    client = boto3.client("s3")
    try:
        content = client.get_object(Bucket=target.bucket, Key=_request_key(target, last_end))["Body"].read()
    except client.exceptions.NoSuchKey:
        return None
    except BotoCoreError as error:
        raise Transient(f"s3://{target.bucket}: S3 can't be reached: {type(error).__name__}") from error
    return parse_request(content)


def _write(target: Target, last_end: datetime | None, request: Request) -> None:
    try:
        boto3.client("s3").put_object(Bucket=target.bucket, Key=_request_key(target, last_end), Body=request_bytes(request))
    except BotoCoreError as error:
        raise Transient(f"s3://{target.bucket}: S3 can't be reached: {type(error).__name__}") from error


def request_bytes(request: Request) -> bytes:
    """A request as it is written down."""
    export = request.export
    start = text_of(export.start) if isinstance(export, IncrementalExport) else None
    written = {
        "start": start,
        "end": text_of(export.end),
        "token": request.token,
        "asked_at": text_of(request.asked_at),
        "arn": request.arn,
    }
    return json.dumps(written).encode()


def parse_request(content: bytes) -> Request:
    """The request of `request_bytes`."""
    read = json.loads(content)
    end = moment_of(read["end"])
    export = FullExport(end) if read["start"] is None else IncrementalExport(moment_of(read["start"]), end)
    return Request(export, read["token"], moment_of(read["asked_at"]), read["arn"])


def _dynamodb(target: Target) -> Any:
    return boto3.client("dynamodb", region_name=target.region)


def _said(error: ClientError) -> str:
    told = error.response.get("Error", {})
    return f"{told.get('Code', '')}: {told.get('Message', '')}"
