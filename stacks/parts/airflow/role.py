"""The role that Airflow and its tasks act under."""

from collections.abc import Sequence

from aws_cdk.aws_iam import CompositePrincipal, Role, ServicePrincipal
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.airflow.access import environment_arn, execution_statements
from stacks.parts.permission import allow


class AirflowRole(Role):
    """The execution role of an Airflow environment, which MWAA may take for that environment alone.

    As "Cross-service confused deputy prevention" of MWAA's user guide has it.
    """

    def __init__(
        self, scope: Construct, id: str, *, names: Names, sources: Sequence[str], governed: bool, key_arn: str, alerts_key_arn: str
    ) -> None:
        """Make the role.

        Args:
            scope: A stack.
            id: In this scope.
            names: What it is called and may reach.
            sources: The logical sources, whose jobs it may start.
            governed: Whether Lake Formation decides who sees what, so that a job tells it.
            key_arn: The environment's key.
            alerts_key_arn: The key of the topic of alerts.
        """
        conditions = {"ArnLike": {"aws:SourceArn": environment_arn(names)}, "StringEquals": {"aws:SourceAccount": names.account}}
        services = [ServicePrincipal(f"{name}.amazonaws.com").with_conditions(conditions) for name in ("airflow", "airflow-env")]
        super().__init__(
            scope,
            id,
            role_name=names.airflow,
            description="Airflow: starts the lake's jobs and tells what became of them",
            assumed_by=CompositePrincipal(*services),
        )
        for statement in execution_statements(
            names=names, sources=sources, governed=governed, key_arn=key_arn, alerts_key_arn=alerts_key_arn
        ):
            allow(
                self,
                statement.sid,
                actions=statement.actions,
                resources=statement.resources,
                conditions=statement.conditions,
                star=statement.star,
            )
