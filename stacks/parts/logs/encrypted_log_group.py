"""A log group that is encrypted with a key of the lake."""

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_logs import CfnLogGroup, LogGroup
from constructs import Construct

from stacks.parts.logical_id import pin


class EncryptedLogGroup(LogGroup):
    """A log group with a name, an end and a key. The construct's id is its logical id."""

    def __init__(self, scope: Construct, id: str, *, name: str, key: IKey, retention_days: int, removal: RemovalPolicy) -> None:
        """Make the log group.

        Args:
            scope: A stack.
            id: The logical id too.
            name: Its name, which the key's policy has to allow.
            key: Encrypts it.
            retention_days: When events are dropped; one of CloudWatch's own steps.
            removal: Whether it outlives its stack.
        """
        super().__init__(scope, id, log_group_name=name, encryption_key=key, removal_policy=removal)
        # The L2's enum spells the same numbers out in words.
        cast("CfnLogGroup", self.node.default_child).retention_in_days = retention_days
        pin(self, id)
