"""A language model as a source: the job that asks it about documents of the lake."""

from collections.abc import Sequence

from aws_cdk import Aws
from constructs import Construct

from medallion.manifest.engines.extraction.settings import ExtractionSource
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import answers_prefix, bronze_table, ledger_prefix
from medallion.manifest.steps import inputs_of
from stacks.parts.delivery.release_files import EXTRACTION_WHEELS
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.permission import allow
from stacks.parts.sources.ingest_job import IngestJob
from stacks.parts.sources.secret import SourceSecret


class ExtractionIngest(Construct):
    """The ingest job, which may read the documents that it asks about, keep answers and what they cost, write this source's bronze tables and the record of its runs, and nothing else.

    It needs no network of ours: jobs without a connection reach the internet by Glue's own.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str,
        settings: ExtractionSource,
        tables: Sequence[BronzeTable],
        platform: JobPlatform,
    ) -> None:
        """Make the job.

        Args:
            scope: A stack.
            id: In this scope.
            source: The logical source of the contracts.
            settings: What it is in this environment.
            tables: The contracts that read it.
            platform: What all jobs share.
        """
        super().__init__(scope, id)
        names = platform.names
        job = IngestJob(
            self,
            "Ingest",
            source=source,
            description=f"Asks the model {source} about documents that are new and appends what it finds to bronze",
            script="ingest_extraction.py",
            platform=platform,
            wheels=(EXTRACTION_WHEELS,) if settings.secret is not None else (),
            arguments={"--source_prefix": answers_prefix(bronze_table(source, "")), "--settings": settings.argument},
        )
        platform.inputs("bronze", *sorted({name for table in tables for name in inputs_of(table)})).grant_read(job.role)
        bucket = f"arn:{Aws.PARTITION}:s3:::{names.bucket('bronze')}"
        allow(
            job.role,
            "Answers",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket}/{answers_prefix(table.name)}/*" for table in tables],
            star="An answer is named by prompt, model and document; these are those of this source",
        )
        allow(
            job.role,
            "Ledger",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=[f"{bucket}/{ledger_prefix(source)}/*"],
            star="There is an object a month; these are of this source's budget",
        )
        if settings.secret is not None:
            SourceSecret(settings.secret, names=names).grant_read(job.role)
