"""What each engine's sources are made of, by the engine's name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from medallion.manifest.engines.source import SourceSettings
from medallion.manifest.model import BronzeTable
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.logical_id import construct_id
from stacks.parts.removal import removal_policy
from stacks.parts.sources.client_network import ClientNetwork
from stacks.parts.sources.crawler import CrawlerPlatform
from stacks.parts.sources.document_ingest import DocumentIngest
from stacks.parts.sources.dynamodb import DynamoDbExports
from stacks.parts.sources.extraction import ExtractionIngest
from stacks.parts.sources.jdbc import JdbcSource
from stacks.parts.sources.network import OwnNetwork
from stacks.parts.sources.sample_database import SampleDatabase
from stacks.parts.sources.sample_table import SampleTable
from stacks.parts.storage.purpose_key import PurposeKey


@dataclass(frozen=True)
class SourceRead:
    """A source that contracts read.

    Attributes:
        name: The logical source.
        settings: What it is in this environment, as its engine has it.
        tables: The contracts that read it.
        platform: What all jobs share.
        crawlers: What all crawlers share.
        network: The lake's own network, from which a source is reached that names no other.
    """

    name: str
    settings: Any
    tables: Sequence[BronzeTable]
    platform: JobPlatform
    crawlers: CrawlerPlatform
    network: OwnNetwork


@dataclass(frozen=True)
class SampleSource:
    """A source that is played.

    Attributes:
        name: The logical source.
        settings: What it is in this environment, as its engine has it.
        tables: The contracts that read it.
        key: The key of what is stored.
        network: From where a database is reached.
    """

    name: str
    settings: Any
    tables: Sequence[BronzeTable]
    key: PurposeKey
    network: ClientNetwork


def _database(scope: Construct, id: str, read: SourceRead) -> Construct:
    network = read.network.of(read.settings.network)
    return JdbcSource(scope, id, source=read.name, settings=read.settings, network=network, platform=read.platform, crawlers=read.crawlers)


def _items(scope: Construct, id: str, read: SourceRead) -> Construct:
    return DynamoDbExports(
        scope, id, source=read.name, settings=read.settings, tables=read.tables, platform=read.platform, crawlers=read.crawlers
    )


def _documents(scope: Construct, id: str, read: SourceRead) -> Construct:
    (table,) = read.tables
    return DocumentIngest(scope, id, source=read.name, table=table, platform=read.platform)


def _extraction(scope: Construct, id: str, read: SourceRead) -> Construct:
    return ExtractionIngest(scope, id, source=read.name, settings=read.settings, tables=read.tables, platform=read.platform)


def _sample_database(stack: EnvironmentStack, sample: SampleSource) -> None:
    environment = stack.environment_settings
    names = environment.names
    SampleDatabase(
        stack,
        construct_id(sample.name),
        identifier=f"{names.dashed}-{sample.name.replace('_', '-')}",
        secret_name=names.secret(sample.name),
        vpc_id=sample.network.vpc_id,
        subnet_ids=sample.network.subnet_ids,
        client_security_group_id=sample.network.security_group_id,
        key=sample.key,
        tls=sample.settings.tls,
        protected=environment.removal == "retain",
        removal=removal_policy(environment.removal),
    )


def _sample_tables(stack: EnvironmentStack, sample: SampleSource) -> None:
    environment = stack.environment_settings
    # Two contracts may read one table.
    for object, contract in sorted({contract.object: contract for contract in sample.tables}.items()):
        SampleTable(
            stack,
            f"{construct_id(contract.name)}Table",
            name=environment.names.demo_table_prefix(sample.name) + object,
            contract=contract,
            key=sample.key,
            protected=environment.removal == "retain",
            removal=removal_policy(environment.removal),
        )


_READS: Mapping[str, Callable[[Construct, str, SourceRead], Construct]] = {
    "documents": _documents,
    "dynamodb": _items,
    "extraction": _extraction,
    "postgres": _database,
}
# Documents come to the lake's own bucket, and a model has nothing of its own.
_SAMPLES: Mapping[str, Callable[[EnvironmentStack, SampleSource], None]] = {"dynamodb": _sample_tables, "postgres": _sample_database}


def reads(scope: Construct, read: SourceRead) -> Construct:
    """Makes what reads a source.

    Args:
        scope: A stack.
        read: The source.

    Returns:
        What must come after the release's delivery.
    """
    return _READS[read.settings.engine](scope, construct_id(read.name), read)


def is_played(settings: SourceSettings) -> bool:
    """Whether a source is a sample with resources of its own."""
    return settings.demo and settings.engine in _SAMPLES


def plays(stack: EnvironmentStack, sample: SampleSource) -> None:
    """Makes the resources of a source that is played."""
    _SAMPLES[sample.settings.engine](stack, sample)


__all__ = ["SampleSource", "SourceRead", "is_played", "plays", "reads"]
