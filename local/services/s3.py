"""S3: real objects on disk; the bucket properties that CloudFormation would drop are put through the ordinary API."""

from collections.abc import Callable
from typing import Any

from local.emulator import Emulator
from local.service import Change, Json, Provisioned, Service

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
            "BucketKeyEnabled": _true(rule.get("BucketKeyEnabled", False)),
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


def lifecycle_rule(rule: Json) -> Json:
    """A lifecycle rule of a template as the API takes it.

    Raises:
        ValueError: It has a part that the laptop does not know, and would lose in silence.
    """
    unknown = set(rule) - _LIFECYCLE
    if unknown:
        raise ValueError(f"LifecycleConfiguration: the laptop does not know {', '.join(sorted(unknown))}; add it to local/services/s3.py")
    api: Json = {"Status": rule["Status"], "Filter": _filter(rule)}
    if "Id" in rule:
        api["ID"] = rule["Id"]
    expiration: Json = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = _true(rule["ExpiredObjectDeleteMarker"])
    if expiration:
        api["Expiration"] = expiration
    if "Transitions" in rule:
        api["Transitions"] = [{"Days": int(one["TransitionInDays"]), "StorageClass": one["StorageClass"]} for one in rule["Transitions"]]
    noncurrent = rule.get("NoncurrentVersionExpiration") or (
        {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]} if "NoncurrentVersionExpirationInDays" in rule else None
    )
    if noncurrent:
        api["NoncurrentVersionExpiration"] = {key: int(value) for key, value in noncurrent.items()}
    if "AbortIncompleteMultipartUpload" in rule:
        days = int(rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"])
        api["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return api


def _filter(rule: Json) -> Json:
    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in rule.get("TagFilters", [])]
    if not tags:
        return {"Prefix": rule.get("Prefix", "")}
    return {"And": {"Prefix": rule.get("Prefix", ""), "Tags": tags}}


def _true(value: object) -> bool:
    return str(value).lower() == "true"


_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
_LIFECYCLE = {
    "AbortIncompleteMultipartUpload",
    "ExpirationInDays",
    "ExpiredObjectDeleteMarker",
    "Id",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionExpirationInDays",
    "Prefix",
    "Status",
    "TagFilters",
    "Transitions",
}

_PROPERTIES: tuple[tuple[str, Callable[[Client, str, Any], None], Callable[[Client, str], None]], ...] = (
    ("Tags", _put_tags, lambda client, bucket: client.delete_bucket_tagging(Bucket=bucket)),
    ("BucketEncryption", _put_encryption, lambda client, bucket: client.delete_bucket_encryption(Bucket=bucket)),
    ("LoggingConfiguration", _put_logging, lambda client, bucket: client.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})),
    ("LifecycleConfiguration", _put_lifecycle, lambda client, bucket: client.delete_bucket_lifecycle(Bucket=bucket)),
    ("OwnershipControls", _put_ownership, lambda client, bucket: client.delete_bucket_ownership_controls(Bucket=bucket)),
)


def install(emulator: Emulator) -> None:
    """Corrects buckets of templates."""
    managed_key = f"arn:aws:kms:{emulator.settings.region}:{emulator.settings.account}:alias/aws/s3"

    def key_of_account(headers: dict[str, str]) -> dict[str, str]:
        # AWS takes its own key where a request asks for KMS and names none; the emulator refuses it.
        wanted = headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(_KEY_HEADER)
        return {_KEY_HEADER: managed_key} if wanted else {}

    emulator.complete_headers("s3", key_of_account)
    emulator.tell_versions()
    emulator.correct_type("AWS::S3::Bucket", BucketProperties(emulator), before_delete=NonEmptyBucket(emulator))
    emulator.tag_type("AWS::S3::Bucket")


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


SERVICE = Service(
    name="S3",
    truth="real",
    sentence="Objects and versions are files under the laptop's home, with bucket policies enforced, and events tell an object's version; encryption, lifecycle rules and access logs are recorded but never act.",
    types=("AWS::S3::Bucket",),
    install=install,
)
