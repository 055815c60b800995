"""The stack that delivers the release and brings sources into bronze."""

from constructs import Construct

from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest
from stacks.parts.delivery.platform import DeliveryPlatform
from stacks.parts.delivery.release import Release
from stacks.parts.delivery.release_delivery import ReleaseDelivery
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.functions.platform import FunctionPlatform
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.logs.log_keeping import LogKeeping
from stacks.parts.sources.crawler import CrawlerPlatform
from stacks.parts.sources.documents_gate import DocumentsGate, documents_read
from stacks.parts.sources.network import OwnNetwork
from stacks.parts.sources.registry import SourceRead, reads
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
        network = OwnNetwork(self, environment)
        for name in manifest.sources:
            source = SourceRead(name, environment.sources[name], manifest.read_from(name), platform, crawlers, network)
            reads(self, source).node.add_dependency(delivery)
        documents = documents_read(environment, manifest)
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
