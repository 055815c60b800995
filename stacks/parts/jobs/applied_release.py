"""The parameter that says whose contracts the tables have."""

from aws_cdk import Aws
from aws_cdk.aws_iam import Role

from medallion.manifest.names import Names
from stacks.parts.permission import allow


class AppliedRelease:
    """An SSM parameter that a job writes, so CloudFormation doesn't own it."""

    def __init__(self, *, names: Names) -> None:
        """Mean the environment's parameter."""
        self._arn = f"arn:{Aws.PARTITION}:ssm:{names.region}:{names.account}:parameter{names.applied_release}"

    def grant_write(self, role: Role) -> None:
        """Let a role read and set it."""
        allow(role, "AppliedRelease", actions=["ssm:GetParameter", "ssm:PutParameter"], resources=[self._arn])
