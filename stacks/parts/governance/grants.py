"""Grants of Lake Formation's, each a resource of its own that no other change touches."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from aws_cdk import Aws, CfnDeletionPolicy
from aws_cdk.aws_iam import Role
from aws_cdk.aws_lakeformation import CfnPrincipalPermissions
from constructs import Construct

from medallion.manifest.access.permissions import DatabaseResource, Grant, LocationResource, Resource, TagPolicyResource, TagResource
from medallion.manifest.names import Names
from stacks.parts.governance.chain import Chain


class Grants(Construct):
    """One resource for each principal, resource and permission.

    CloudFormation can't change a grant: it makes the new one, then takes the old one back, and with it what both of them give. So a grant's
    logical id is made of who may do what, and another grant is another resource. Where only the grant option changes, the resource is replaced
    and what it was is left alone: a grant option that is taken out of the template stays, and `lake access check --live` tells of it.
    More than one permission in one resource was seen to fail.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        names: Names,
        grants: Sequence[Grant],
        roles: Mapping[str, Role],
        locations: Construct,
        chain: Chain,
    ) -> None:
        """Grant.

        Args:
            scope: A stack.
            id: In this scope.
            names: The account's.
            grants: What is granted; principals by the ARNs of roles of this account.
            roles: The roles among them that this stack makes, by name: Lake Formation knows no principal before it is there, and none after.
            locations: Those that are registered.
            chain: What they are added to.
        """
        super().__init__(scope, id)
        for grant in grants:
            for permission in grant.permissions:
                logical_id = _logical_id(grant, permission, names)
                resource = CfnPrincipalPermissions(
                    self,
                    logical_id,
                    catalog=names.account,
                    principal=CfnPrincipalPermissions.DataLakePrincipalProperty(
                        data_lake_principal_identifier=f"arn:{Aws.PARTITION}:iam::{names.account}:role/{_role(grant)}"
                    ),
                    resource=_resource(grant.resource, names.account),
                    permissions=[permission],
                    permissions_with_grant_option=[permission] if permission in grant.grantable else [],
                )
                resource.override_logical_id(logical_id)
                resource.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
                resource.cfn_options.deletion_policy = CfnDeletionPolicy.DELETE
                if isinstance(grant.resource, LocationResource):
                    # Lake Formation grants no location that it does not know.
                    resource.node.add_dependency(locations)
                if (role := roles.get(_role(grant))) is not None:
                    resource.node.add_dependency(role)
                chain.add(resource)


def _role(grant: Grant) -> str:
    return grant.principal.rpartition("/")[2]


def _logical_id(grant: Grant, permission: str, names: Names) -> str:
    """Who may do what, for those who read a template, and a hash of that and on what."""
    words = f"{_role(grant).removeprefix(f'{names.dashed}-')}-{permission}".replace("_", "-")
    whole = [_role(grant), type(grant.resource).__name__, grant.resource.model_dump(), permission]
    return f"{''.join(word.capitalize() for word in words.split('-'))}{sha256(json.dumps(whole).encode()).hexdigest()[:8]}"


def _resource(resource: Resource, account: str) -> CfnPrincipalPermissions.ResourceProperty:
    """A resource as CloudFormation names it.

    Raises:
        ValueError: It is a table's or a part of one, which is not there when the stack is deployed.
    """
    match resource:
        case TagPolicyResource(kind=kind, expression=expression):
            return CfnPrincipalPermissions.ResourceProperty(
                lf_tag_policy=CfnPrincipalPermissions.LFTagPolicyResourceProperty(
                    catalog_id=account,
                    resource_type=kind,
                    expression=[
                        CfnPrincipalPermissions.LFTagProperty(tag_key=condition.key, tag_values=list(condition.values))
                        for condition in expression
                    ],
                )
            )
        case TagResource(key=key, values=values):
            return CfnPrincipalPermissions.ResourceProperty(
                lf_tag=CfnPrincipalPermissions.LFTagKeyResourceProperty(catalog_id=account, tag_key=key, tag_values=list(values))
            )
        case DatabaseResource(database=database):
            return CfnPrincipalPermissions.ResourceProperty(
                database=CfnPrincipalPermissions.DatabaseResourceProperty(catalog_id=account, name=database)
            )
        case LocationResource(location=location):
            return CfnPrincipalPermissions.ResourceProperty(
                data_location=CfnPrincipalPermissions.DataLocationResourceProperty(
                    catalog_id=account, resource_arn=f"arn:{Aws.PARTITION}:{location.split(':', 2)[2]}"
                )
            )
        case other:
            raise ValueError(f"{type(other).__name__}: the job grants that once the table is there")
