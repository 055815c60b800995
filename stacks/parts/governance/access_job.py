"""The job that brings contracts into Lake Formation."""

from dataclasses import replace

from aws_cdk import Aws
from aws_cdk.aws_iam import Role
from constructs import Construct

from medallion.manifest.names import CATALOG_LAYERS, Names
from medallion.manifest.steps import OPEN_ACCESS, Step
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.jobs.spark_job import SparkJob
from stacks.parts.permission import allow

# What it calls; of these Lake Formation lets it do what it is granted, which ends at this lake's databases and tags.
CALLS = (
    "lakeformation:AddLFTagsToResource",
    "lakeformation:BatchGrantPermissions",
    "lakeformation:BatchRevokePermissions",
    "lakeformation:CreateDataCellsFilter",
    "lakeformation:DeleteDataCellsFilter",
    "lakeformation:GetResourceLFTags",
    # "IAM permissions required to grant or revoke Lake Formation permissions" asks for those without a batch as well.
    "lakeformation:GrantPermissions",
    "lakeformation:ListDataCellsFilter",
    "lakeformation:ListPermissions",
    "lakeformation:RemoveLFTagsFromResource",
    "lakeformation:RevokePermissions",
)


class AccessJob(Construct):
    """A job that runs no contract's code, reads no table's data, and reads contracts of the deployed release alone.

    Attributes:
        role: Its role, which Lake Formation grants what it may hand on.
    """

    def __init__(self, scope: Construct, id: str, *, names: Names, platform: JobPlatform) -> None:
        """Make job and role.

        Args:
            scope: A stack.
            id: In this scope.
            names: What it is called, and what it reads.
            platform: What all jobs share.
        """
        super().__init__(scope, id)
        job = SparkJob(
            self,
            "Job",
            name=Step(kind=OPEN_ACCESS).job(names),
            description="Tells Lake Formation what contracts say of who sees what",
            script="apply_access.py",
            # One a product, and that of a deployment.
            platform=replace(platform, concurrent_runs=platform.concurrent_runs + 1),
        )
        self.role: Role = job.role
        glue = f"arn:{Aws.PARTITION}:glue:{names.region}:{names.account}"
        databases = [names.catalog_database(layer) for layer in CATALOG_LAYERS]
        allow(
            self.role,
            "Tables",
            actions=["glue:GetDatabase", "glue:GetTable", "glue:GetTables"],
            resources=[
                f"{glue}:catalog",
                *(f"{glue}:database/{database}" for database in databases),
                *(f"{glue}:table/{database}/*" for database in databases),
            ],
            star="Tables come with contracts, after the role; these are all tables of the lake, of which it reads the columns' names",
        )
        allow(
            self.role,
            "Access",
            actions=CALLS,
            resources=["*"],
            star="Lake Formation's actions know no resource; what they may touch its own grants say, by tags that only this lake has",
        )
        parameters = f"arn:{Aws.PARTITION}:ssm:{names.region}:{names.account}:parameter"
        allow(
            self.role,
            "Releases",
            actions=["ssm:GetParameter"],
            resources=[f"{parameters}{names.parameter('transform', 'release')}", f"{parameters}{names.applied_release}"],
        )
        allow(self.role, "AppliedAccess", actions=["ssm:PutParameter"], resources=[f"{parameters}{names.applied_access}"])
