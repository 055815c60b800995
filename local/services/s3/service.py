"""S3: real objects on disk; the bucket properties that CloudFormation would drop are put through the ordinary API."""

from local.emulator.events import tell_versions
from local.emulator.process import Emulator
from local.service import Service
from local.services.s3.buckets import BucketProperties, NonEmptyBucket

_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def install(emulator: Emulator) -> None:
    """Corrects buckets of templates."""
    managed_key = f"arn:aws:kms:{emulator.settings.region}:{emulator.settings.account}:alias/aws/s3"

    def key_of_account(headers: dict[str, str]) -> dict[str, str]:
        # AWS takes its own key where a request asks for KMS and names none; the emulator refuses it.
        wanted = headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(_KEY_HEADER)
        return {_KEY_HEADER: managed_key} if wanted else {}

    emulator.operations.complete_headers("s3", key_of_account)
    tell_versions()
    emulator.cloudformation.correct_type("AWS::S3::Bucket", BucketProperties(emulator), before_delete=NonEmptyBucket(emulator))
    emulator.cloudformation.tag_type("AWS::S3::Bucket")


SERVICE = Service(
    name="S3",
    truth="real",
    sentence="Objects and versions are files under the laptop's home, with bucket policies enforced, and events tell an object's version; encryption, lifecycle rules and access logs are recorded but never act.",
    types=("AWS::S3::Bucket",),
    install=install,
)
