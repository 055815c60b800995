"""How a release gets into the bucket of artifacts."""

from pathlib import Path

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk.aws_iam import Role, ServicePrincipal
from aws_cdk.aws_kms import Key
from aws_cdk.aws_s3 import Bucket
from aws_cdk.aws_s3_deployment import BucketDeployment, Source
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.encrypted_log_group import EncryptedLogGroup
from stacks.parts.permission import allow
from stacks.parts.release_files import ReleaseFiles
from stacks.parts.suppression import accept


class ReleaseDelivery(Construct):
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
        super().__init__(scope, id)
        log_group = EncryptedLogGroup(
            self,
            "DeliveryLogGroup",
            name=f"/medallion/{names.dashed}/delivery",
            key=Key.from_key_arn(self, "LogsKey", logs_key_arn),
            retention_days=retention_days,
            removal=removal,
        )
        role = Role(
            self,
            "Role",
            role_name=f"{names.dashed}-deliver-release",
            description="Copies a release to the bucket of artifacts",
            assumed_by=ServicePrincipal("lambda.amazonaws.com"),
        )
        files.grant_deliver(role)
        staging = f"arn:{Aws.PARTITION}:s3:::cdk-{qualifier}-assets-{names.account}-{names.region}"
        allow(
            role,
            "StagingRead",
            # Where that bucket has a key of its own, the key's policy as bootstrapped lets the account's principals read through S3.
            actions=["s3:GetObject"],
            resources=[f"{staging}/*"],
            star="The directory's key is the hash of its content, which changes with each release",
        )
        allow(role, "StagingBucket", actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[staging])
        group = f"arn:{Aws.PARTITION}:logs:{names.region}:{names.account}:log-group:/medallion/{names.dashed}/delivery"
        allow(
            role,
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{group}:*"],
            star="Streams are named by Lambda; the group is this function's own",
        )
        deployment = BucketDeployment(
            self,
            "Copy",
            sources=[Source.asset(str(directory))],
            destination_bucket=Bucket.from_bucket_name(self, "Artifacts", files.bucket),
            destination_key_prefix=files.prefix,
            # Its own grants are wildcards.
            role=role.without_policy_updates(),
            log_group=log_group,
            memory_limit=512,
            prune=False,
            retain_on_delete=True,
        )
        deployment.node.add_dependency(role.node.find_child("DefaultPolicy"))
        for function in Stack.of(self).node.children:
            if function.node.id.startswith("Custom::CDKBucketDeployment"):
                accept(function, "AwsSolutions-L1", reason="The function and its runtime are the CDK's own and change with its version")
