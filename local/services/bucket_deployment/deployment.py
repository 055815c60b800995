"""The copy of files that the custom resource's function would make, under that function's own role."""

import io
import json
import mimetypes
import zipfile
from fnmatch import fnmatchcase
from typing import Any

from local.clients import Clients
from local.emulator.process import Emulator
from local.service import Json, Provisioned, Resource, ResourceType

LAMBDA = "lambda.amazonaws.com"
# What would change the outcome and is not done here.
UNSUPPORTED = ("SystemMetadata", "UserMetadata", "DistributionId", "SignContent")
DELETED_AT_ONCE = 1000


class BucketDeployment(ResourceType):
    """Copies zips of the assets bucket to a destination, as the custom resource's function would."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def create(self, resource: Resource) -> Provisioned:
        return self._deploy(resource, f"aws.cdk.s3deployment.{resource.stack}.{resource.logical_id}")

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        new = resource.properties
        moved = any(old.get(name) != new.get(name) for name in ("DestinationBucketName", "DestinationBucketKeyPrefix"))
        if moved and not _true(old.get("RetainOnDelete", True)):
            self._empty(old)
        return self._deploy(resource, physical_id)

    def delete(self, physical_id: str, properties: Json) -> None:
        if not _true(properties.get("RetainOnDelete", True)):
            self._empty(properties)

    def _deploy(self, resource: Resource, physical_id: str) -> Provisioned:
        properties = resource.properties
        unknown = sorted(name for name in UNSUPPORTED if properties.get(name))
        if unknown:
            raise ValueError(f"the laptop's BucketDeployment does not know {', '.join(unknown)}")
        s3 = self._client(properties)
        bucket, prefix = properties["DestinationBucketName"], _prefix(properties)
        files = self._sources(s3, properties)
        for name, content in files.items():
            kind = mimetypes.guess_type(name)[0] or "binary/octet-stream"
            s3.put_object(Bucket=bucket, Key=prefix + name, Body=content, ContentType=kind)
        if _true(properties.get("Prune", True)):
            self._delete(s3, bucket, [key for key in _keys(s3, bucket, prefix) if key.removeprefix(prefix) not in files])
        keys = properties["SourceObjectKeys"] if _true(properties.get("OutputObjectKeys", True)) else []
        return Provisioned(physical_id, {"DestinationBucketArn": f"arn:aws:s3:::{bucket}", "SourceObjectKeys": keys})

    def _sources(self, s3: Any, properties: Json) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        markers = properties.get("SourceMarkers") or [{}] * len(properties["SourceObjectKeys"])
        sources = zip(properties["SourceBucketNames"], properties["SourceObjectKeys"], markers, strict=True)
        for bucket, key, replaced in sources:
            content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            if not _true(properties.get("Extract", True)):
                files[key.rpartition("/")[2]] = content
                continue
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for entry in archive.infolist():
                    if not entry.is_dir():
                        files[entry.filename] = _with_markers(archive.read(entry), replaced)
        chosen = {name: content for name, content in files.items() if not _matches(name, properties.get("Exclude", []))}
        return {**chosen, **{name: content for name, content in files.items() if _matches(name, properties.get("Include", []))}}

    def _empty(self, properties: Json) -> None:
        s3 = self._client(properties)
        bucket = properties["DestinationBucketName"]
        try:
            self._delete(s3, bucket, list(_keys(s3, bucket, _prefix(properties))))
        except s3.exceptions.NoSuchBucket:
            return

    def _delete(self, s3: Any, bucket: str, keys: list[str]) -> None:
        for start in range(0, len(keys), DELETED_AT_ONCE):
            batch = [{"Key": key} for key in keys[start : start + DELETED_AT_ONCE]]
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            if answer.get("Errors"):
                raise ValueError(f"s3://{bucket}: {answer['Errors'][0]['Code']}: {answer['Errors'][0]['Message']}")

    def _client(self, properties: Json) -> Any:
        function = self._emulator.client("lambda").get_function_configuration(FunctionName=properties["ServiceToken"])
        role = self._emulator.roles.client_environment(function["Role"], LAMBDA, function["FunctionName"], hours=1)
        return Clients(role).of("s3")


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _prefix(properties: Json) -> str:
    prefix = str(properties.get("DestinationBucketKeyPrefix") or "").strip("/")
    return f"{prefix}/" if prefix else ""


def _with_markers(content: bytes, replaced: Json) -> bytes:
    for marker, value in replaced.items():
        content = content.replace(marker.encode(), (value if isinstance(value, str) else json.dumps(value)).encode())
    return content


def _matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _true(value: object) -> bool:
    return str(value).lower() == "true"
