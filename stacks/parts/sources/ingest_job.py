"""The job that reads a source, whatever its engine."""

from collections.abc import Mapping, Sequence

from constructs import Construct

from medallion.manifest.names import bronze_table
from medallion.manifest.steps import INGEST, Step
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.jobs.spark_job import SparkJob


class IngestJob(SparkJob):
    """A source's job, which may write the source's bronze tables and the record of its runs; what it reads, its user grants."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str,
        description: str,
        script: str,
        platform: JobPlatform,
        arguments: Mapping[str, str],
        table_prefix: str | None = None,
        wheels: Sequence[str] = (),
        connection_name: str | None = None,
        metrics: bool = True,
    ) -> None:
        """Make the job; what is not documented here is as in `SparkJob`.

        Args:
            scope: A construct of the source.
            id: In this scope.
            source: The logical source of the contracts.
            description: What a run of it does.
            script: The file in the release's `scripts/`.
            platform: What all jobs share.
            arguments: What every run is started with beside the source's name.
            table_prefix: How the names of the bronze tables begin that it writes; default the names of all of the source.
            wheels: Other archives of wheels that it needs.
            connection_name: The Glue connection whose network it runs in.
            metrics: Whether it sends metrics.
        """
        super().__init__(
            scope,
            id,
            name=Step(kind=INGEST, source=source).job(platform.names),
            description=description,
            script=script,
            platform=platform,
            arguments={"--source": source, **arguments},
            wheels=wheels,
            connection_name=connection_name,
            metrics=metrics,
        )
        # With them it may list bronze's bucket and use its key.
        prefix = bronze_table(source, "") if table_prefix is None else table_prefix
        platform.tables("bronze", name_prefix=prefix).grant_write(self.role)
        platform.tables("ops").grant_write(self.role)
