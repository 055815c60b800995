"""The stacks of one environment, in the order in which they need each other."""

from collections.abc import Sequence

from aws_cdk import App, Stack, Tags
from aws_cdk.aws_iam import ManagedPolicy, PermissionsBoundary

from medallion.manifest.compiler.saved_queries import SavedQuery
from medallion.manifest.environment import Environment
from medallion.manifest.errors import InvalidField, Location
from medallion.manifest.model import Manifest
from medallion.manifest.sources import unfit_sources
from stacks.governance import GovernanceStack
from stacks.ingestion import IngestionStack
from stacks.lake import LakeStack
from stacks.mwaa import MwaaStack
from stacks.network import NetworkStack
from stacks.parts import exchange
from stacks.parts.airflow.files import AirflowFiles
from stacks.parts.delivery.release import Release
from stacks.parts.logical_id import construct_id
from stacks.sample_sources import SampleSourcesStack, demo_sources
from stacks.transform import TransformStack

# What stacks with a construct a source call others of their constructs.
RESERVED = {"Gate", "Release", "SourcesKey", "Trigger", *(value.id for value in exchange.VALUES)}


def compose(
    app: App,
    *,
    environment: Environment,
    manifest: Manifest,
    release: Release,
    airflow_files: AirflowFiles | None = None,
    saved_queries: Sequence[SavedQuery] = (),
) -> None:
    """Put an environment's stacks into an app.

    Args:
        app: An empty app.
        environment: Where and how large.
        manifest: What is read and made.
        release: What jobs run.
        airflow_files: What Airflow is started with; needed where the environment has one.
        saved_queries: What personas find in their workgroups; nobody does where Lake Formation does not govern the lake.

    Raises:
        InvalidField: A contract names a source that the environment does not have, or reads it as its engine can't be, or wants text of
            it to leave the account that may not; or a source is one that only a laptop has, or is called as a part of a stack.
    """
    where = Location(f"config/{environment.name}.yaml", "sources")
    for source in manifest.sources:
        if source not in environment.sources:
            raise InvalidField(where, f"{source!r} is missing, which contracts read; give it an engine and a secret, or `demo: true`")
    for unfit in unfit_sources(environment, manifest):
        raise InvalidField(where.at(unfit.source, unfit.field), unfit.problem)

    for source in environment.sources:
        if construct_id(source) in RESERVED:
            raise InvalidField(
                where.at(source), f"can't be a source's name: a stack calls a part of its own {construct_id(source)}; name it otherwise"
            )

    network = NetworkStack(app, environment=environment)
    lake = LakeStack(app, environment=environment)
    ingestion = IngestionStack(app, environment=environment, manifest=manifest, release=release)
    transform = TransformStack(app, environment=environment, manifest=manifest, release=release)
    ingestion.add_stack_dependency(network)
    ingestion.add_stack_dependency(lake)
    transform.add_stack_dependency(ingestion)
    if demo_sources(environment):
        sources = SampleSourcesStack(app, environment=environment, manifest=manifest)
        sources.add_stack_dependency(network)
        ingestion.add_stack_dependency(sources)

    # Who starts the jobs comes last.
    last: Stack = transform
    if environment.governed:
        last = GovernanceStack(app, environment=environment, manifest=manifest, release=release, saved_queries=saved_queries)
        last.add_stack_dependency(transform)

    if environment.airflow:
        if airflow_files is None:
            raise ValueError("an environment with an Airflow needs airflow_files")
        mwaa = MwaaStack(
            app, environment=environment, settings=environment.airflow, manifest=manifest, release=release, files=airflow_files
        )
        mwaa.add_stack_dependency(last)

    for key, value in {"lake": manifest.lake, "environment": environment.name, **environment.tags}.items():
        Tags.of(app).add(key, value)
    if environment.permissions_boundary:
        boundary = ManagedPolicy.from_managed_policy_arn(lake, "PermissionsBoundary", environment.permissions_boundary)
        PermissionsBoundary.of(app).apply(boundary)
