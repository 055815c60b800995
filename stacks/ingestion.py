"""The stack that delivers the release and brings sources into bronze."""

from constructs import Construct

from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.engines.dynamodb.settings import DynamoDbSource
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.environment import Environment, ExistingNetwork
from medallion.manifest.model import BronzeTable, Manifest
from stacks.parts import exchange
from stacks.parts.delivery.platform import DeliveryPlatform
from stacks.parts.delivery.release import Release
from stacks.parts.delivery.release_delivery import ReleaseDelivery
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.functions.platform import FunctionPlatform
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.logical_id import construct_id
from stacks.parts.logs.log_keeping import LogKeeping
from stacks.parts.sources.crawler import CrawlerPlatform
from stacks.parts.sources.document_ingest import DocumentIngest
from stacks.parts.sources.documents_gate import DocumentsGate
from stacks.parts.sources.dynamodb import DynamoDbExports
from stacks.parts.sources.jdbc import JdbcSource
from stacks.parts.sources.network import SourceNetwork
from stacks.parts.sources.run_trigger import RunTrigger


class IngestionStack(EnvironmentStack):
    """The release's files, and for each source that contracts read a job and a crawler, with a connection where the source is in a network.

    Where documents are read: the gate before them in the crawler's place, and what starts a run for those that it lets in.

    It goes before `transform`, so that scripts are in place before any job refers to them.
    """

    def __init__(self, scope: Construct, *, environment: Environment, manifest: Manifest, release: Release) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives sources, names and workers.
            manifest: Says which sources are read.
            release: What is delivered.
        """
        super().__init__(scope, "ingestion", environment=environment, description="Medallion ingestion: the release, and a job a source")
        names = environment.names
        platform = JobPlatform.read(self, environment=environment, release=release.release, products=len(manifest.products))
        logs = LogKeeping.read(self, environment=environment)
        crawlers = CrawlerPlatform(names=names, schedule=environment.discovery.schedule, logs=logs)
        delivery = ReleaseDelivery(
            self,
            "Release",
            directory=release.directory,
            files=platform.files,
            platform=DeliveryPlatform(names=names, qualifier=environment.bootstrap_qualifier, logs=logs),
        )
        documents: dict[str, tuple[DocumentSource, BronzeTable]] = {}
        for name in manifest.sources:
            settings = environment.sources[name]
            id = construct_id(name)
            source: Construct
            read = [table for table in manifest.tables("bronze") if isinstance(table, BronzeTable) and table.source == name]
            match settings:
                case PostgresSource():
                    network = self._network(settings, environment)
                    source = JdbcSource(self, id, source=name, settings=settings, network=network, platform=platform, crawlers=crawlers)
                case DynamoDbSource():
                    source = DynamoDbExports(self, id, source=name, settings=settings, tables=read, platform=platform, crawlers=crawlers)
                case DocumentSource():
                    (table,) = read
                    documents[name] = (settings, table)
                    source = DocumentIngest(self, id, source=name, table=table, platform=platform)
            source.node.add_dependency(delivery)
        if documents:
            functions = FunctionPlatform(names=names, archives=release.functions, logs=logs)
            trigger = RunTrigger(self, "Trigger", airflow=names.airflow, platform=functions) if environment.airflow else None
            DocumentsGate(
                self,
                "Gate",
                sources=documents,
                data_key_arn=platform.data_key_arn,
                trigger=trigger.queue if trigger else None,
                platform=functions,
            )

    def _network(self, settings: PostgresSource, environment: Environment) -> SourceNetwork:
        if settings.network:
            return SourceNetwork(
                subnet_id=settings.network.subnet_id,
                availability_zone=settings.network.availability_zone,
                security_group_ids=settings.network.security_group_ids,
            )
        if self._own is None:
            names = environment.names
            self._own = SourceNetwork(
                subnet_id=exchange.read(self, exchange.JOB_SUBNET, names=names),
                availability_zone=exchange.read(self, exchange.JOB_ZONE, names=names),
                security_group_ids=[exchange.read(self, exchange.JOB_SECURITY_GROUP, names=names)],
                reaches_metrics=isinstance(network := environment.network, ExistingNetwork)
                or network.nat
                or "monitoring" in network.endpoints,
            )
        return self._own

    _own: SourceNetwork | None = None
