"""DynamoDB tables as a source: the job that has them exported and reads the exports, and the crawler that looks at those."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk.aws_glue import CfnCrawler
from constructs import Construct

from medallion.manifest.engines.dynamodb.settings import DynamoDbSource
from medallion.manifest.model import BronzeTable
from medallion.manifest.names import bronze_table, exports_prefix
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.permission import allow
from stacks.parts.sources.crawler import CrawlerPlatform, SourceCrawler
from stacks.parts.sources.ingest_job import IngestJob

# The bucket is the first level, `exports` the second, the bronze table's name the third.
_LEVEL = 3


class DynamoDbExports(Construct):
    """The ingest job, which may have this source's tables exported and write their bronze tables and the record of its runs, and nothing else; a crawler of the exports.

    It needs no network of ours: DynamoDB writes the files to S3 itself.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str,
        settings: DynamoDbSource,
        tables: Sequence[BronzeTable],
        platform: JobPlatform,
        crawlers: CrawlerPlatform,
    ) -> None:
        """Make job and crawler.

        Args:
            scope: A stack.
            id: In this scope.
            source: The logical source of the contracts.
            settings: What it is in this environment.
            tables: The contracts that read it.
            platform: What all jobs share.
            crawlers: What all crawlers share.
        """
        super().__init__(scope, id)
        names = platform.names
        prefix = names.demo_table_prefix(source) if settings.prefix is None else settings.prefix
        job = IngestJob(
            self,
            "Ingest",
            source=source,
            description=f"Has the tables of {source} exported and appends what is new to bronze",
            script="ingest_export.py",
            platform=platform,
            arguments={"--source_prefix": prefix, "--key": platform.data_key_arn},
        )
        dynamodb = f"arn:{Aws.PARTITION}:dynamodb:{names.region}:{names.account}:table"
        read = [f"{dynamodb}/{prefix}{table.object}" for table in tables]
        allow(
            job.role,
            "Export",
            actions=["dynamodb:DescribeContinuousBackups", "dynamodb:ExportTableToPointInTime"],
            resources=sorted(set(read)),
        )
        allow(
            job.role,
            "DescribeExport",
            actions=["dynamodb:DescribeExport"],
            resources=sorted({f"{table}/export/*" for table in read}),
            star="DynamoDB names an export when it is asked for; these are those of the source's own tables",
        )
        # DynamoDB writes as the job: these are what its documentation asks for, and the job writes down what it asked for.
        allow(
            job.role,
            "ExportFiles",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
            resources=[f"arn:{Aws.PARTITION}:s3:::{names.bucket('bronze')}/{exports_prefix(bronze_table(source, ''))}*"],
            star="Exports are named by DynamoDB; these are the original files of this source",
        )
        allow(
            job.role,
            "TableKeys",
            actions=["kms:Decrypt", "kms:DescribeKey"],
            resources=[f"arn:{Aws.PARTITION}:kms:{names.region}:{names.account}:key/*"],
            conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{names.region}.{Aws.URL_SUFFIX}"}},
            star="A table's owner chooses its key; the condition allows decrypting through DynamoDB only, where the tables are named",
        )
        self._crawler(source, tables, platform, crawlers)

    def _crawler(self, source: str, tables: Sequence[BronzeTable], platform: JobPlatform, crawlers: CrawlerPlatform) -> None:
        names = platform.names
        bucket = names.bucket("bronze")
        crawler = SourceCrawler(
            self,
            "Discover",
            source=source,
            targets=CfnCrawler.TargetsProperty(
                s3_targets=[
                    # Beside the items lie what was asked for, and DynamoDB's own lists of files.
                    CfnCrawler.S3TargetProperty(path=f"s3://{bucket}/{prefix}/", exclusions=["requests/**", "**/manifest-*", "**/_started"])
                    for prefix in sorted({exports_prefix(table.name) for table in tables})
                ]
            ),
            # One table for all exports of a DynamoDB table, called as its bronze table: full and incremental ones have different lines.
            configuration={"Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": _LEVEL}},
            platform=crawlers,
        )
        crawler.grant_partitions()
        allow(
            crawler.role,
            "ExportFiles",
            actions=["s3:GetObject"],
            resources=[f"arn:{Aws.PARTITION}:s3:::{bucket}/{exports_prefix(bronze_table(source, ''))}*"],
            star="Exports are named by DynamoDB; these are the original files of this source",
        )
        allow(
            crawler.role,
            "ExportFolders",
            actions=["s3:ListBucket"],
            resources=[f"arn:{Aws.PARTITION}:s3:::{bucket}"],
            conditions={"StringLike": {"s3:prefix": [f"{exports_prefix(bronze_table(source, ''))}*"]}},
        )
        allow(crawler.role, "ExportDecrypt", actions=["kms:Decrypt"], resources=[platform.data_key_arn])
