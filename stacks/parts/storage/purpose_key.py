"""A KMS key for one purpose."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_kms import Key
from constructs import Construct

from stacks.parts.logical_id import pin


class PurposeKey(Key):
    """A KMS key that rotates every year, and that its account's IAM policies govern.

    The construct's id is the key's logical id.
    """

    def __init__(self, scope: Construct, id: str, *, alias: str, description: str, removal: RemovalPolicy) -> None:
        """Make the key and its alias.

        Args:
            scope: A stack.
            id: The logical id too.
            alias: Without `alias/`.
            description: What it encrypts.
            removal: Whether it outlives its stack; without its key data can't be read any more.
        """
        super().__init__(scope, id, alias=alias, description=description, enable_key_rotation=True, removal_policy=removal)
        pin(self, id)

    def grant_log_groups(self, *name_prefixes: str) -> None:
        """Let CloudWatch Logs of this region encrypt log groups whose names begin with one of these, and nothing else."""
        groups = [f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{prefix}*" for prefix in name_prefixes]
        service = ServicePrincipal(f"logs.{Aws.REGION}.amazonaws.com")
        self.add_to_resource_policy(
            PolicyStatement(
                sid="LogGroups",
                principals=[service],
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                ],
                # In a key's own policy a star means this key.
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups if len(groups) > 1 else groups[0]}},
            )
        )
