"""The places whose data Lake Formation gives out."""

from aws_cdk import Aws
from aws_cdk.aws_iam import CompositePrincipal, Role, ServicePrincipal
from aws_cdk.aws_lakeformation import CfnResource
from constructs import Construct

from medallion.manifest.names import DATABASES, Names
from stacks.parts.permission import allow


class Locations(Construct):
    """The tables of all layers, registered with a role that Lake Formation reads them under for whoever it grants them to.

    Jobs don't come this way: their own roles read and write S3, so that this one only reads.
    """

    def __init__(self, scope: Construct, id: str, *, names: Names, key_arn: str) -> None:
        """Register them.

        Args:
            scope: A stack.
            id: In this scope.
            names: What buckets and role are called.
            key_arn: The key of the buckets.
        """
        super().__init__(scope, id)
        role = Role(
            self,
            "Role",
            role_name=names.location_role,
            description="Lake Formation: reads tables for those whom they are granted to",
            # "Requirements for roles used to register locations" asks for both.
            assumed_by=CompositePrincipal(ServicePrincipal("glue.amazonaws.com"), ServicePrincipal("lakeformation.amazonaws.com")),
        )
        buckets = {layer: f"arn:{Aws.PARTITION}:s3:::{names.bucket(layer)}" for layer in DATABASES}
        allow(role, "Buckets", actions=["s3:ListBucket"], resources=list(buckets.values()))
        allow(
            role,
            "Tables",
            actions=["s3:GetObject"],
            resources=[f"{bucket}/tables/*" for bucket in buckets.values()],
            star="Tables come with contracts, after the role; Lake Formation hands out one table's at a time",
        )
        allow(role, "Decrypt", actions=["kms:Decrypt"], resources=[key_arn])
        for layer, bucket in buckets.items():
            location = CfnResource(
                self,
                f"{layer.capitalize()}Location",
                resource_arn=f"{bucket}/tables",
                use_service_linked_role=False,
                role_arn=role.role_arn,
            )
            location.override_logical_id(f"{layer.capitalize()}Location")
            location.node.add_dependency(role.node.find_child("DefaultPolicy"))
