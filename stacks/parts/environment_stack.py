"""What every stack of a lake has in common."""

from typing import Literal

from aws_cdk import DefaultStackSynthesizer, Stack
from aws_cdk import Environment as Target
from constructs import Construct

from medallion.manifest.environment import Environment

StackName = Literal["network", "lake", "sample-sources", "ingestion", "transform", "governance", "mwaa"]


class EnvironmentStack(Stack):
    """A stack called `<prefix>-<name>` in the account and region of one environment.

    Attributes:
        environment_settings: The environment that it belongs to.
    """

    def __init__(self, scope: Construct, name: StackName, *, environment: Environment, description: str) -> None:
        """Make an empty stack.

        Args:
            scope: The app.
            name: The stack's own name, the same in every environment.
            environment: Gives account, region, prefix, bootstrap qualifier and termination protection.
            description: What the stack is for; shown in the CloudFormation console.
        """
        super().__init__(
            scope,
            f"{environment.names.dashed}-{name}",
            env=Target(account=environment.account, region=environment.region),
            synthesizer=DefaultStackSynthesizer(qualifier=environment.bootstrap_qualifier),
            termination_protection=environment.termination_protection,
            description=description,
        )
        self.environment_settings = environment
