"""From where a database of the sample is reached."""

from dataclasses import dataclass
from functools import cached_property

from aws_cdk import Fn
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts import exchange


@dataclass(frozen=True)
class ClientNetwork:
    """The lake's network as a database sees it; what nobody asks for is not read.

    Attributes:
        scope: The stack.
        names: The environment's names.
    """

    scope: Construct
    names: Names

    @cached_property
    def vpc_id(self) -> str:
        """The VPC."""
        return exchange.read(self.scope, exchange.VPC, names=self.names)

    @cached_property
    def subnet_ids(self) -> list[str]:
        """Its private subnets."""
        return Fn.split(",", exchange.read(self.scope, exchange.SUBNETS, names=self.names))

    @cached_property
    def security_group_id(self) -> str:
        """The security group of those that may connect."""
        return exchange.read(self.scope, exchange.JOB_SECURITY_GROUP, names=self.names)


__all__ = ["ClientNetwork"]
