"""The buckets of templates: properties that CloudFormation would drop are put through the ordinary API."""

from collections.abc import Callable
from typing import Any

from local.emulator.process import Emulator
from local.service import Change, Json, Provisioned
from local.services.s3.lifecycle import is_true, lifecycle_rule

type Client = Any


class BucketProperties:
    """Puts what a template says of a bucket, and removes what it says no more."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def __call__(self, change: Change) -> Provisioned:
        client = self._emulator.client("s3")
        for name, put, remove in _PROPERTIES:
            if name in change.new:
                put(client, change.physical_id, change.new[name])
            elif name in change.old:
                remove(client, change.physical_id)
        return Provisioned(change.physical_id, change.attributes)


def _put_tags(client: Client, bucket: str, tags: list[Json]) -> None:
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in tags]})


def _put_encryption(client: Client, bucket: str, encryption: Json) -> None:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": is_true(rule.get("BucketKeyEnabled", False)),
        }
        for rule in encryption["ServerSideEncryptionConfiguration"]
    ]
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _put_logging(client: Client, bucket: str, logging: Json) -> None:
    target = {"TargetBucket": logging.get("DestinationBucketName", bucket), "TargetPrefix": logging.get("LogFilePrefix", "")}
    client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": target})


def _put_lifecycle(client: Client, bucket: str, lifecycle: Json) -> None:
    rules = [lifecycle_rule(rule) for rule in lifecycle["Rules"]]
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _put_ownership(client: Client, bucket: str, controls: Json) -> None:
    client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": controls["Rules"]})


_PROPERTIES: tuple[tuple[str, Callable[[Client, str, Any], None], Callable[[Client, str], None]], ...] = (
    ("Tags", _put_tags, lambda client, bucket: client.delete_bucket_tagging(Bucket=bucket)),
    ("BucketEncryption", _put_encryption, lambda client, bucket: client.delete_bucket_encryption(Bucket=bucket)),
    ("LoggingConfiguration", _put_logging, lambda client, bucket: client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})),
    ("LifecycleConfiguration", _put_lifecycle, lambda client, bucket: client.delete_bucket_lifecycle(Bucket=bucket)),
    ("OwnershipControls", _put_ownership, lambda client, bucket: client.delete_bucket_ownership_controls(Bucket=bucket)),
)


class NonEmptyBucket:
    """Refuses to delete a bucket with objects, as AWS does."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def __call__(self, physical_id: str, properties: Json) -> None:
        client = self._emulator.client("s3")
        try:
            found = client.list_object_versions(Bucket=physical_id, MaxKeys=1)
        except client.exceptions.NoSuchBucket:
            return
        if found.get("Versions") or found.get("DeleteMarkers"):
            raise ValueError(
                f"The bucket you tried to delete is not empty. You must delete all versions in the bucket. (BucketNotEmpty: {physical_id})"
            )
