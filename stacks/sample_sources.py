"""The stack of sources that exist for demonstration only."""

from aws_cdk import Fn
from constructs import Construct

from medallion.manifest.environment import Environment
from stacks.parts import exchange
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.logical_id import construct_id
from stacks.parts.purpose_key import PurposeKey
from stacks.parts.removal import removal_policy
from stacks.parts.sample_database import SampleDatabase


def demo_sources(environment: Environment) -> tuple[str, ...]:
    """The sources that an environment wants played, sorted; a real team's exist already."""
    return tuple(sorted(name for name, source in environment.sources.items() if source.demo))


class SampleSourcesStack(EnvironmentStack):
    """A small database for each source with `demo: true`."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives the sources, names and removal.
        """
        super().__init__(
            scope, "sample-sources", environment=environment, description="Medallion sample sources: databases to try the lake with"
        )
        names, removal = environment.names, removal_policy(environment.removal)
        key = PurposeKey(
            self, "SourcesKey", alias=f"{names.dashed}/sample-sources", description="Demo sources and their secrets", removal=removal
        )
        vpc_id = exchange.read(self, exchange.VPC, names=names)
        subnet_ids = Fn.split(",", exchange.read(self, exchange.SUBNETS, names=names))
        client_security_group_id = exchange.read(self, exchange.JOB_SECURITY_GROUP, names=names)
        for name in demo_sources(environment):
            SampleDatabase(
                self,
                construct_id(name),
                identifier=f"{names.dashed}-{name.replace('_', '-')}",
                secret_name=names.secret(name),
                vpc_id=vpc_id,
                subnet_ids=subnet_ids,
                client_security_group_id=client_security_group_id,
                key=key,
                tls=environment.sources[name].tls,
                protected=environment.removal == "retain",
                removal=removal,
            )
