"""A relational source: the connection to it and the job that reads it."""

from aws_cdk import Aws
from aws_cdk.aws_glue import CfnConnection, CfnCrawler
from aws_cdk.aws_iam import Role
from constructs import Construct

from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.steps import INGEST, Step
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.permission import allow
from stacks.parts.sources.crawler import CrawlerPlatform, SourceCrawler
from stacks.parts.sources.ingest_job import IngestJob
from stacks.parts.sources.network import SourceNetwork
from stacks.parts.sources.secret import SourceSecret
from stacks.parts.suppression import accept


class JdbcSource(Construct):
    """A Glue connection in the source's network; the ingest job, which may write this source's bronze tables, and the record of its runs; a crawler."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str,
        settings: PostgresSource,
        network: SourceNetwork,
        platform: JobPlatform,
        crawlers: CrawlerPlatform,
    ) -> None:
        """Make connection, job and crawler.

        Args:
            scope: A stack.
            id: In this scope.
            source: The logical source of the contracts.
            settings: What it is in this environment.
            network: Where it is reached from.
            platform: What all jobs share.
            crawlers: What all crawlers share.
        """
        super().__init__(scope, id)
        names = platform.names
        name = Step(kind=INGEST, source=source).job(names)
        secret = SourceSecret(settings.secret or names.secret(source), names=names)
        connection = CfnConnection(
            self,
            "Connection",
            catalog_id=names.account,
            connection_input=CfnConnection.ConnectionInputProperty(
                name=name,
                description=f"Reaches the source {source}",
                connection_type="JDBC",
                connection_properties={
                    "JDBC_CONNECTION_URL": f"jdbc:postgresql://{secret.field('host')}:{secret.field('port')}/{secret.field('dbname')}",
                    "JDBC_ENFORCE_SSL": "true" if settings.tls else "false",
                    "SECRET_ID": secret.name,
                },
                physical_connection_requirements=CfnConnection.PhysicalConnectionRequirementsProperty(
                    subnet_id=network.subnet_id,
                    availability_zone=network.availability_zone,
                    security_group_id_list=list(network.security_group_ids),
                ),
            ),
        )
        if settings.network:
            accept(
                connection,
                "CloudFormation-Validate::W3010",
                reason="The zone is the configured subnet's; nothing at synth can look it up",
            )
        job = IngestJob(
            self,
            "Ingest",
            source=source,
            description=f"Appends what is new in the source {source} to bronze",
            script="ingest_jdbc.py",
            platform=platform,
            connection_name=name,
            metrics=network.reaches_metrics,
            arguments={
                "--secret": secret.name,
                "--source_prefix": settings.prefix,
                "--tls": "true" if settings.tls else "false",
            },
        )
        accept(
            job,
            "Annotation::@aws-cdk/aws-glue-alpha:plaintextJobArgumentSecret",
            reason="The argument is the secret's name; the job reads the secret itself at run time",
        )
        crawler = SourceCrawler(
            self,
            "Discover",
            source=source,
            targets=CfnCrawler.TargetsProperty(
                jdbc_targets=[
                    CfnCrawler.JdbcTargetProperty(connection_name=name, path=f"{secret.field('dbname')}/{_tables_below(settings.prefix)}")
                ]
            ),
            platform=crawlers,
        )
        crawler.crawler.node.add_dependency(connection)
        catalog = f"arn:{Aws.PARTITION}:glue:{names.region}:{names.account}"

        def grant_reach(role: Role) -> None:
            secret.grant_read(role)
            network.grant_join(role, names=names)
            allow(role, "Connection", actions=["glue:GetConnection"], resources=[f"{catalog}:catalog", f"{catalog}:connection/{name}"])

        grant_reach(job.role)
        grant_reach(crawler.role)


def _tables_below(prefix: str) -> str:
    """What the crawler includes of a database, as Glue writes patterns: the schema that the prefix names, else all."""
    schema, point, _ = prefix.partition(".")
    return f"{schema}/%" if point else "%"
