"""The stack of sources that exist for demonstration only."""

from constructs import Construct

from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.removal import removal_policy
from stacks.parts.sources.client_network import ClientNetwork
from stacks.parts.sources.registry import SampleSource, is_played, plays
from stacks.parts.storage.purpose_key import PurposeKey


def demo_sources(environment: Environment) -> tuple[str, ...]:
    """The sources that an environment wants played, sorted; a real team's exist already, and documents come to the lake's own bucket."""
    return tuple(sorted(name for name, source in environment.sources.items() if is_played(source)))


class SampleSourcesStack(EnvironmentStack):
    """A small database, or DynamoDB tables, for each source with `demo: true`."""

    def __init__(self, scope: Construct, *, environment: Environment, manifest: Manifest) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives the sources, names and removal.
            manifest: Says which DynamoDB tables there are, and their keys.
        """
        super().__init__(
            scope,
            "sample-sources",
            environment=environment,
            description="Medallion sample sources: databases and tables to try the lake with",
        )
        names, removal = environment.names, removal_policy(environment.removal)
        key = PurposeKey(
            self, "SourcesKey", alias=f"{names.dashed}/sample-sources", description="Demo sources and their secrets", removal=removal
        )
        network = ClientNetwork(self, names)
        for name in demo_sources(environment):
            plays(self, SampleSource(name, environment.sources[name], manifest.read_from(name), key, network))
