"""Whether what holds data outlives its stack."""

from typing import Literal

from aws_cdk import RemovalPolicy


def removal_policy(removal: Literal["retain", "destroy"]) -> RemovalPolicy:
    """The CDK's word for an environment's `removal`."""
    return RemovalPolicy.RETAIN if removal == "retain" else RemovalPolicy.DESTROY
