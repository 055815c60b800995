"""Documents as a source: the job that appends what the gate has accepted."""

from aws_cdk import Aws
from constructs import Construct

from medallion.manifest.model import BronzeTable
from medallion.manifest.names import documents_prefix
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.permission import allow
from stacks.parts.sources.ingest_job import IngestJob


class DocumentIngest(Construct):
    """The ingest job, which may read this source's accepted documents and write its bronze table and the record of its runs, and nothing else."""

    def __init__(self, scope: Construct, id: str, *, source: str, table: BronzeTable, platform: JobPlatform) -> None:
        """Make the job.

        Args:
            scope: A stack.
            id: In this scope.
            source: The logical source of the contract.
            table: The contract's table.
            platform: What all jobs share.
        """
        super().__init__(scope, id)
        names = platform.names
        job = IngestJob(
            self,
            "Ingest",
            source=source,
            description=f"Appends the documents of {source} that were accepted to bronze",
            script="ingest_documents.py",
            platform=platform,
            arguments={"--source_prefix": documents_prefix(table.name)},
            table_prefix=table.name,
        )
        allow(
            job.role,
            "Documents",
            actions=["s3:GetObject"],
            resources=[f"arn:{Aws.PARTITION}:s3:::{names.bucket('bronze')}/{documents_prefix(table.name)}/texts/*"],
            star="A document is named by its content; these are the accepted ones of this source",
        )
