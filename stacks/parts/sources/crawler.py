"""A crawler that writes down what a source has, in a database of its own, under a role of its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from aws_cdk.aws_glue import CfnCrawler
from aws_cdk.aws_iam import Role, ServicePrincipal
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.logical_id import construct_id
from stacks.parts.logs.log_keeping import LogKeeping
from stacks.parts.permission import allow
from stacks.parts.suppression import accept


@dataclass(frozen=True)
class CrawlerPlatform:
    """What all crawlers of an environment share.

    Attributes:
        names: What things are called.
        schedule: When they start, as AWS writes it; None where only a person starts them.
        logs: How their logs are kept.
    """

    names: Names
    schedule: str | None
    logs: LogKeeping


class SourceCrawler(Construct):
    """A Glue crawler that may write tables of the database of discovered ones, and nothing else; what it may read, its user grants.

    A table that changed is updated, one that is gone is logged and kept: what was found stays comparable.

    Attributes:
        role: Its role, which has the crawler's name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str,
        targets: CfnCrawler.TargetsProperty,
        platform: CrawlerPlatform,
        configuration: Mapping[str, Any] | None = None,
    ) -> None:
        """Make the crawler, its role and its log group.

        Args:
            scope: A stack's construct of the source.
            id: In this scope.
            source: The logical source.
            targets: What it looks at.
            platform: What all crawlers share.
            configuration: Glue's own settings of how tables are made; default none.
        """
        super().__init__(scope, id)
        names = platform.names
        name = names.crawler(source)
        self.role = Role(
            self,
            "Role",
            role_name=name,
            description=f"Writes down what the source {source} has",
            assumed_by=ServicePrincipal("glue.amazonaws.com"),
        )
        self._names = names
        self._allow_tables("Discovered", ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:UpdateTable"])
        self._grant_log(names.crawler_log_group(source), names)
        # Glue would make it with no end.
        logs = platform.logs.group(self, f"{construct_id(source)}DiscoverLogGroup", name=names.crawler_log_group(source))
        self.crawler = CfnCrawler(
            self,
            "Crawler",
            name=name,
            description=f"Writes down what the source {source} has",
            role=self.role.role_arn,
            database_name=names.discovered,
            targets=targets,
            schema_change_policy=CfnCrawler.SchemaChangePolicyProperty(update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"),
            recrawl_policy=CfnCrawler.RecrawlPolicyProperty(recrawl_behavior="CRAWL_EVERYTHING"),
            configuration=json.dumps({"Version": 1.0, **configuration}) if configuration else None,
            schedule=CfnCrawler.ScheduleProperty(schedule_expression=platform.schedule) if platform.schedule else None,
            crawler_security_configuration=names.security_configuration,
        )
        accept(
            self.crawler,
            "AwsSolutions-GL1",
            reason="The security configuration is the lake stack's, where cdk-nag does not look; a test holds the two together",
        )
        self.crawler.node.add_dependency(logs, self.role.node.find_child("DefaultPolicy"))

    def grant_partitions(self) -> None:
        """Let it write partitions too, which tables of files have."""
        self._allow_tables("Partitions", ["glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:GetPartitions"])

    def _allow_tables(self, sid: str, actions: Sequence[str]) -> None:
        names = self._names
        catalog = f"arn:{Aws.PARTITION}:glue:{names.region}:{names.account}"
        allow(
            self.role,
            sid,
            actions=actions,
            resources=[f"{catalog}:catalog", f"{catalog}:database/{names.discovered}", f"{catalog}:table/{names.discovered}/*"],
            star="What a source has is not known before it is found; these are the tables of the database that is made for it",
        )

    def _grant_log(self, group: str, names: Names) -> None:
        arn = f"arn:{Aws.PARTITION}:logs:{names.region}:{names.account}:log-group:{group}"
        allow(
            self.role,
            "Log",
            # Glue associates the security configuration's key with a group before it writes.
            actions=["logs:AssociateKmsKey", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[arn, f"{arn}:*"],
            star="Streams are named by Glue; the group is the crawler's own",
        )
