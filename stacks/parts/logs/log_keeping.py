"""How the logs of an environment are kept."""

from dataclasses import dataclass
from typing import Self

from aws_cdk import RemovalPolicy
from aws_cdk.aws_kms import Key
from constructs import Construct

from medallion.manifest.environment import Environment
from stacks.parts import exchange
from stacks.parts.logs.encrypted_log_group import EncryptedLogGroup
from stacks.parts.removal import removal_policy


@dataclass(frozen=True)
class LogKeeping:
    """How log groups are encrypted, and how long they are kept.

    Attributes:
        key_arn: Encrypts them; its policy has to allow their names.
        retention_days: When events are dropped; one of CloudWatch's own steps.
        removal: Whether they outlive their stack.
    """

    key_arn: str
    retention_days: int
    removal: RemovalPolicy

    @classmethod
    def read(cls, scope: Construct, *, environment: Environment) -> Self:
        """That of an environment, as a stack sees it that did not make the key; once a stack."""
        return cls(
            key_arn=exchange.read(scope, exchange.LOGS_KEY, names=environment.names),
            retention_days=environment.retention.logs,
            removal=removal_policy(environment.removal),
        )

    def group(self, scope: Construct, id: str, *, name: str) -> EncryptedLogGroup:
        """A log group that is kept so, the only one of its construct.

        Args:
            scope: The construct that logs to it.
            id: The logical id too.
            name: Its name, which the key's policy has to allow.
        """
        key = Key.from_key_arn(scope, "LogsKey", self.key_arn)
        return EncryptedLogGroup(scope, id, name=name, key=key, retention_days=self.retention_days, removal=self.removal)
