"""The network that a job reaches a source from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aws_cdk import Aws
from aws_cdk.aws_iam import Role
from constructs import Construct

from medallion.manifest.engines.source import SourceNetwork as ConfiguredNetwork
from medallion.manifest.environment import Environment, ExistingNetwork
from medallion.manifest.names import Names
from stacks.parts import exchange
from stacks.parts.permission import allow


@dataclass(frozen=True)
class SourceNetwork:
    """One subnet and the security groups that a job gets there.

    Attributes:
        subnet_id: The subnet.
        availability_zone: Its zone.
        security_group_ids: The groups; one of them lets its members talk to each other.
        reaches_metrics: Whether there is a way to CloudWatch's metrics from there; others' networks are taken to have one.
    """

    subnet_id: str
    availability_zone: str
    security_group_ids: Sequence[str]
    reaches_metrics: bool = True

    def grant_join(self, role: Role, *, names: Names) -> None:
        """Let a job's role attach its workers to the subnet: what `AWSGlueServiceRole` allows everywhere, here only."""
        ec2 = f"arn:{Aws.PARTITION}:ec2:{names.region}:{names.account}"
        subnet, interfaces = f"{ec2}:subnet/{self.subnet_id}", f"{ec2}:network-interface/*"
        groups = [f"{ec2}:security-group/{group}" for group in self.security_group_ids]
        allow(
            role,
            "NetworkLook",
            actions=[
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcAttribute",
                "ec2:DescribeVpcEndpoints",
            ],
            resources=["*"],
            star="EC2's Describe actions know no resources, and a job's network interfaces have ids of their own",
        )
        allow(
            role,
            "NetworkJoin",
            actions=["ec2:CreateNetworkInterface"],
            resources=[subnet, interfaces, *groups],
            star="An interface's id is not known before it is made; subnet and security groups are named",
        )
        allow(
            role,
            "NetworkLeave",
            actions=["ec2:DeleteNetworkInterface"],
            resources=[interfaces],
            conditions={"ArnEquals": {"ec2:Subnet": subnet}},
            star="An interface's id is not known before it is made; the condition names its subnet",
        )
        allow(
            role,
            "NetworkMark",
            actions=["ec2:CreateTags", "ec2:DeleteTags"],
            resources=[interfaces],
            conditions={"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}},
            star="An interface's id is not known before it is made; the condition names the one tag that Glue puts on it",
        )


@dataclass(frozen=True)
class OwnNetwork:
    """The lake's own network; it is read once it is asked for.

    Attributes:
        scope: The stack.
        environment: Says how it is made.
    """

    scope: Construct
    environment: Environment

    def of(self, configured: ConfiguredNetwork | None) -> SourceNetwork:
        """The network of a source, which is this one where the configuration names no other."""
        if configured is None:
            return self._own
        return SourceNetwork(
            subnet_id=configured.subnet_id,
            availability_zone=configured.availability_zone,
            security_group_ids=configured.security_group_ids,
        )

    @cached_property
    def _own(self) -> SourceNetwork:
        names, network = self.environment.names, self.environment.network
        return SourceNetwork(
            subnet_id=exchange.read(self.scope, exchange.JOB_SUBNET, names=names),
            availability_zone=exchange.read(self.scope, exchange.JOB_ZONE, names=names),
            security_group_ids=[exchange.read(self.scope, exchange.JOB_SECURITY_GROUP, names=names)],
            reaches_metrics=isinstance(network, ExistingNetwork) or network.nat or "monitoring" in network.endpoints,
        )
