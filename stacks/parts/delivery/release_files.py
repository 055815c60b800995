"""Where a release's files are, and who may read them."""

from aws_cdk import Aws
from aws_cdk.aws_iam import Role

from medallion.manifest.names import Names
from stacks.parts.permission import allow

WHEELS = "medallion.gluewheels.zip"
EXTRACTION_WHEELS = "extraction.gluewheels.zip"
EVERY_RELEASE = "A run reads the release that it began with, which may be an earlier one than the deployed"


class ReleaseFiles:
    """One release in the bucket of artifacts, under a prefix that no other release shares.

    Attributes:
        prefix: `releases/<release>`.
        bucket: The bucket's name.
    """

    def __init__(self, *, release: str, names: Names, key_arn: str) -> None:
        """Mean this release.

        Args:
            release: The hash of its content.
            names: What the bucket is called.
            key_arn: The bucket's key.
        """
        self.prefix = f"releases/{release}"
        self.bucket = names.bucket("artifacts")
        self._key = key_arn
        self._arn = f"arn:{Aws.PARTITION}:s3:::{self.bucket}"

    def wheels_urls(self, *others: str) -> str:
        """The archive of our wheel and all that it needs, then other archives of the release, as Glue takes several."""
        return ",".join(f"s3://{self.bucket}/{self.prefix}/{name}" for name in (WHEELS, *others))

    def script(self, name: str) -> str:
        """The key of a job's script."""
        return f"{self.prefix}/scripts/{name}"

    def grant_read(self, role: Role) -> None:
        """Let a role read releases: all of them, as a run keeps the one it began with."""
        allow(role, "ReleaseRead", actions=["s3:GetObject"], resources=[f"{self._arn}/releases/*"], star=EVERY_RELEASE)
        allow(role, "ReleaseBucket", actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[self._arn])
        allow(role, "ReleaseDecrypt", actions=["kms:Decrypt"], resources=[self._key])

    def grant_deliver(self, role: Role) -> None:
        """Let a role add releases."""
        self.grant_read(role)
        allow(
            role,
            "ReleaseWrite",
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[f"{self._arn}/releases/*"],
            star=EVERY_RELEASE,
        )
        allow(role, "ReleaseEncrypt", actions=["kms:GenerateDataKey"], resources=[self._key])
