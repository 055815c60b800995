"""How files that were made at synth get into a bucket."""

from pathlib import Path

from aws_cdk import Aws, Stack
from aws_cdk.aws_iam import Role, ServicePrincipal
from aws_cdk.aws_s3 import Bucket
from aws_cdk.aws_s3_deployment import BucketDeployment, Source
from constructs import Construct

from stacks.parts.delivery.platform import DeliveryPlatform
from stacks.parts.permission import allow
from stacks.parts.suppression import accept


class Delivery(Construct):
    """The CDK's function that copies files from the bootstrap bucket, with a role and a log of its own; what it may write, others grant.

    Attributes:
        role: Its role.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        what: str,
        description: str,
        log_group_id: str,
        log_group: str,
        platform: DeliveryPlatform,
    ) -> None:
        """Make role and log group.

        Args:
            scope: A stack that has no other delivery: the function is one a stack.
            id: In this scope.
            what: What is delivered, for the role's name, such as `release`.
            description: Of the role.
            log_group_id: The log group's logical id.
            log_group: The log group's name.
            platform: What all deliveries share.
        """
        super().__init__(scope, id)
        names = platform.names
        self._log_group = platform.logs.group(self, log_group_id, name=log_group)
        self.role = Role(
            self,
            "Role",
            role_name=f"{names.dashed}-deliver-{what}",
            description=description,
            assumed_by=ServicePrincipal("lambda.amazonaws.com"),
        )
        staging = f"arn:{Aws.PARTITION}:s3:::cdk-{platform.qualifier}-assets-{names.account}-{names.region}"
        allow(
            self.role,
            "StagingRead",
            # Where that bucket has a key of its own, the key's policy as bootstrapped lets the account's principals read through S3.
            actions=["s3:GetObject"],
            resources=[f"{staging}/*"],
            star="The directory's key is the hash of its content, which changes with each release",
        )
        allow(self.role, "StagingBucket", actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[staging])
        group = f"arn:{Aws.PARTITION}:logs:{names.region}:{names.account}:log-group:{log_group}"
        allow(
            self.role,
            "Log",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{group}:*"],
            star="Streams are named by Lambda; the group is this function's own",
        )

    def copy(self, id: str, *, directory: Path, bucket: str, prefix: str | None = None, prune: bool = False) -> BucketDeployment:
        """Copy a directory.

        Args:
            id: In this construct.
            directory: What is copied.
            bucket: The name of the bucket where to.
            prefix: Under which prefix; None for the bucket's root.
            prune: Whether what is there and not in the directory is deleted; by default it stays, for those that still use it.
        """
        deployment = BucketDeployment(
            self,
            id,
            sources=[Source.asset(str(directory))],
            destination_bucket=Bucket.from_bucket_name(self, f"{id}Bucket", bucket),
            destination_key_prefix=prefix,
            # Its own grants are wildcards.
            role=self.role.without_policy_updates(),
            log_group=self._log_group,
            memory_limit=512,
            prune=prune,
            retain_on_delete=True,
        )
        deployment.node.add_dependency(self.role.node.find_child("DefaultPolicy"))
        for function in Stack.of(self).node.children:
            if function.node.id.startswith("Custom::CDKBucketDeployment"):
                accept(function, "AwsSolutions-L1", reason="The function and its runtime are the CDK's own and change with its version")
        return deployment
