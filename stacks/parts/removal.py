"""Whether what holds data outlives its stack."""

from typing import Literal

from aws_cdk import RemovalPolicy


def removal_policy(removal: Literal["retain", "destroy"]) -> RemovalPolicy:
    """The CDK's word for an environment's `removal`; what a failed deployment has just made goes either way, as it holds nothing yet."""
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if removal == "retain" else RemovalPolicy.DESTROY
