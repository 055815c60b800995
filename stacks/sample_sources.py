"""The stack of sources that exist for demonstration only."""

from aws_cdk import Fn
from constructs import Construct

from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.environment import Environment
from medallion.manifest.model import BronzeTable, Manifest
from stacks.parts import exchange
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.logical_id import construct_id
from stacks.parts.removal import removal_policy
from stacks.parts.sources.sample_database import SampleDatabase
from stacks.parts.sources.sample_table import SampleTable
from stacks.parts.storage.purpose_key import PurposeKey


def demo_sources(environment: Environment) -> tuple[str, ...]:
    """The sources that an environment wants played, sorted; a real team's exist already, and documents come to the lake's own bucket."""
    return tuple(sorted(name for name, source in environment.sources.items() if source.demo and not isinstance(source, DocumentSource)))


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
        for name in demo_sources(environment):
            source = environment.sources[name]
            if isinstance(source, PostgresSource):
                self._database(name, source, key)
            else:
                self._tables(name, manifest, key)

    def _database(self, name: str, source: PostgresSource, key: PurposeKey) -> None:
        names = self.environment_settings.names
        if self._network is None:
            self._network = (
                exchange.read(self, exchange.VPC, names=names),
                Fn.split(",", exchange.read(self, exchange.SUBNETS, names=names)),
                exchange.read(self, exchange.JOB_SECURITY_GROUP, names=names),
            )
        vpc_id, subnet_ids, client_security_group_id = self._network
        SampleDatabase(
            self,
            construct_id(name),
            identifier=f"{names.dashed}-{name.replace('_', '-')}",
            secret_name=names.secret(name),
            vpc_id=vpc_id,
            subnet_ids=subnet_ids,
            client_security_group_id=client_security_group_id,
            key=key,
            tls=source.tls,
            protected=self.environment_settings.removal == "retain",
            removal=removal_policy(self.environment_settings.removal),
        )

    def _tables(self, name: str, manifest: Manifest, key: PurposeKey) -> None:
        contracts = [table for table in manifest.tables("bronze") if isinstance(table, BronzeTable) and table.source == name]
        # Two contracts may read one table.
        for object, contract in sorted({contract.object: contract for contract in contracts}.items()):
            SampleTable(
                self,
                f"{construct_id(contract.name)}Table",
                name=self.environment_settings.names.demo_table_prefix(name) + object,
                contract=contract,
                key=key,
                protected=self.environment_settings.removal == "retain",
                removal=removal_policy(self.environment_settings.removal),
            )

    _network: tuple[str, list[str], str] | None = None
