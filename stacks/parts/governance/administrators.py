"""Who may grant in an account: data lake administrators."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk.aws_lakeformation import CfnDataLakeSettings
from constructs import Construct

from medallion.manifest.environment import Environment


class Administrators(CfnDataLakeSettings):
    """Adds the role under which CloudFormation works to an account's data lake administrators, and takes nobody and nothing away.

    Where Lake Formation is in charge already, none but an administrator may make databases, so that this goes before them. The settings are
    one for an account and region, so that they outlive the stack: another lake may need the same role.
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        """Add it.

        Args:
            scope: A stack.
            id: The logical id too.
            environment: Gives the account and how it was bootstrapped.
        """
        account, region = environment.account, environment.region
        execution = f"cdk-{environment.bootstrap_qualifier}-cfn-exec-role-{account}-{region}"
        super().__init__(
            scope,
            id,
            # By default all settings that stand here replace the account's.
            mutation_type="APPEND",
            admins=[
                CfnDataLakeSettings.DataLakePrincipalProperty(
                    data_lake_principal_identifier=f"arn:{Aws.PARTITION}:iam::{account}:role/{execution}"
                )
            ],
        )
        self.override_logical_id(id)
        self.apply_removal_policy(RemovalPolicy.RETAIN)
