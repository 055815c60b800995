"""How a release gets into the bucket of artifacts."""

from pathlib import Path

from aws_cdk import RemovalPolicy
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.delivery.delivery import Delivery
from stacks.parts.delivery.release_files import ReleaseFiles


class ReleaseDelivery(Delivery):
    """Copies a release's directory to its own prefix; releases that were there before stay, for runs that began with them."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        directory: Path,
        files: ReleaseFiles,
        names: Names,
        qualifier: str,
        logs_key_arn: str,
        retention_days: int,
        removal: RemovalPolicy,
    ) -> None:
        """Deliver a release.

        Args:
            scope: A stack.
            id: In this scope.
            directory: What `build_release` made.
            files: Where it goes.
            names: What role and log group are called.
            qualifier: Of `cdk bootstrap`, whose bucket holds the directory until it is copied.
            logs_key_arn: Encrypts the copying function's log.
            retention_days: When its log events are dropped.
            removal: Whether its log outlives the stack.
        """
        super().__init__(
            scope,
            id,
            what="release",
            description="Copies a release to the bucket of artifacts",
            log_group_id="DeliveryLogGroup",
            log_group=f"/medallion/{names.dashed}/delivery",
            names=names,
            qualifier=qualifier,
            logs_key_arn=logs_key_arn,
            retention_days=retention_days,
            removal=removal,
        )
        files.grant_deliver(self.role)
        self.copy("Copy", directory=directory, bucket=files.bucket, prefix=files.prefix)
