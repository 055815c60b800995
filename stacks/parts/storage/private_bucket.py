"""A bucket as every bucket of a lake is."""

from typing import cast

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_s3 import BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, IBucket, LifecycleRule, ObjectOwnership
from constructs import Construct

from stacks.parts.logical_id import pin


class PrivateBucket(Bucket):
    """An encrypted, versioned bucket that takes TLS only and is never public.

    Its lifecycle ends uploads that were given up and versions that are no longer current. Current objects live on unless
    `current_days` says otherwise, as those under a table are the table. The construct's id is the bucket's logical id.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        removal: RemovalPolicy,
        noncurrent_days: int,
        key: IKey | None = None,
        access_logs: IBucket | None = None,
        current_days: int | None = None,
        events: bool = False,
    ) -> None:
        """Make the bucket.

        Args:
            scope: A stack.
            id: The logical id too.
            name: The bucket's name.
            removal: Whether it outlives its stack; where it doesn't, it is emptied first, or CloudFormation could not delete it.
            noncurrent_days: How long overwritten and deleted objects can be brought back.
            key: Encrypts it; None for S3's own key, which the delivery of access logs needs.
            access_logs: Where its access logs go, under its name; None for the bucket of access logs itself. That of another stack has to
                be told, by `take_access_logs`.
            current_days: When current objects are dropped; None, the default, for never. Not for a bucket that holds tables.
            events: Whether S3 tells EventBridge of what happens in it; default no.
        """
        rules = [
            LifecycleRule(
                id="noncurrent",
                noncurrent_version_expiration=Duration.days(noncurrent_days),
                abort_incomplete_multipart_upload_after=Duration.days(7),
            )
        ]
        if current_days is not None:
            rules.append(LifecycleRule(id="current", expiration=Duration.days(current_days)))
        super().__init__(
            scope,
            id,
            bucket_name=name,
            encryption=BucketEncryption.KMS if key else BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            block_public_access=BlockPublicAccess.BLOCK_ALL,
            object_ownership=ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{name}/" if access_logs else None,
            lifecycle_rules=rules,
            removal_policy=removal,
            # By a function of the CDK's own, whose role has AWS's policy for writing logs.
            auto_delete_objects=removal is RemovalPolicy.DESTROY,
        )
        pin(self, id)
        if events:
            # The L2 would have a function of the CDK's own do it.
            cast("CfnBucket", self.node.default_child).notification_configuration = CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
            )

    def take_access_logs(self, name: str) -> None:
        """Let S3 write the access logs of a bucket that another stack makes."""
        self.add_to_resource_policy(
            PolicyStatement(
                principals=[ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects(f"{name}/*")],
                conditions={
                    "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:s3:::{name}"},
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                },
            )
        )
