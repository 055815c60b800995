"""The stack of the jobs that make silver and gold."""

from constructs import Construct

from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest
from medallion.manifest.names import DATABASES
from medallion.manifest.steps import AGGREGATE, APPLY_CONTRACTS, REFINE, Step
from stacks.parts import exchange
from stacks.parts.delivery.release import Release
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.jobs.applied_release import AppliedRelease
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.jobs.spark_job import SparkJob


class TransformStack(EnvironmentStack):
    """The jobs that make tables, refine and aggregate, and the parameter that says which release all jobs run."""

    def __init__(self, scope: Construct, *, environment: Environment, manifest: Manifest, release: Release) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives names and workers.
            manifest: Says how many products may run at a time.
            release: What jobs run.
        """
        super().__init__(
            scope, "transform", environment=environment, description="Medallion transform: jobs that make tables, refine and aggregate"
        )
        names = environment.names
        platform = JobPlatform.read(self, environment=environment, release=release.release, products=len(manifest.products))
        bronze, silver, gold, ops = (platform.tables(layer) for layer in DATABASES)

        apply_contracts = SparkJob(
            self,
            "ApplyContracts",
            name=Step(kind=APPLY_CONTRACTS).job(names),
            description="Makes tables and changes their columns as contracts say",
            script="apply_contracts.py",
            platform=platform,
        )
        for layer in (bronze, silver, gold, ops):
            layer.grant_define(apply_contracts.role)
        AppliedRelease(names=names).grant_write(apply_contracts.role)

        refine = SparkJob(
            self,
            "Refine",
            name=Step(kind=REFINE).job(names),
            description="Validates what is new in bronze and merges it into silver",
            script="refine.py",
            platform=platform,
        )
        bronze.grant_read(refine.role)
        silver.grant_write(refine.role)
        ops.grant_write(refine.role)

        aggregate = SparkJob(
            self,
            "Aggregate",
            name=Step(kind=AGGREGATE).job(names),
            description="Makes gold from silver",
            script="aggregate.py",
            platform=platform,
        )
        silver.grant_read(aggregate.role)
        gold.grant_write(aggregate.role)
        ops.grant_write(aggregate.role)

        current = exchange.publish(self, exchange.RELEASE, release.release, names=names)
        current.node.add_dependency(apply_contracts, refine, aggregate)
