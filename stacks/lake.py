"""The stack that holds the data."""

from aws_cdk.aws_glue import CfnDatabase
from constructs import Construct

from medallion.manifest.engines.registry import uploaded
from medallion.manifest.environment import Environment
from medallion.manifest.names import DATABASES
from stacks.parts import exchange
from stacks.parts.alerts.topic import AlertsTopic
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.governance.administrators import Administrators
from stacks.parts.jobs.logs import JobLogs
from stacks.parts.removal import removal_policy
from stacks.parts.storage.discovered_database import DiscoveredDatabase
from stacks.parts.storage.layer_storage import LayerStorage
from stacks.parts.storage.private_bucket import PrivateBucket
from stacks.parts.storage.purpose_key import PurposeKey
from stacks.parts.storage.query_workgroup import QueryWorkgroup


class LakeStack(EnvironmentStack):
    """The buckets, keys and Glue databases of the three layers and of what runs leave; where jobs log, people query and alerts are told."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives names, retention, scan limit, who is mailed, and removal.
        """
        super().__init__(scope, "lake", environment=environment, description="Medallion lake: buckets, keys, databases, logs and workgroup")
        names, retention = environment.names, environment.retention
        removal = removal_policy(environment.removal)

        data_key = PurposeKey(
            self, "DataKey", alias=f"{names.dashed}/data", description="Tables of all layers and query results", removal=removal
        )
        artifacts_key = PurposeKey(self, "ArtifactsKey", alias=f"{names.dashed}/artifacts", description="Releases", removal=removal)
        logs_key = PurposeKey(self, "LogsKey", alias=f"{names.dashed}/logs", description="Log groups", removal=removal)
        logs_key.grant_log_groups(f"/medallion/{names.dashed}/", names.crawler_log_group_prefix)

        access_logs = PrivateBucket(
            self,
            "AccessLogsBucket",
            name=names.bucket("access-logs"),
            noncurrent_days=1,
            current_days=retention.access_logs,
            removal=removal,
        )
        if environment.airflow:
            access_logs.take_access_logs(names.bucket("airflow"))
        databases: list[CfnDatabase] = [
            LayerStorage(
                self,
                layer.capitalize(),
                layer=layer,
                names=names,
                key=data_key,
                access_logs=access_logs,
                retention=retention,
                removal=removal,
                governed=environment.governed,
            ).database
            for layer in DATABASES
        ]
        databases.append(DiscoveredDatabase(self, "DiscoveredDatabase", names=names, removal=removal, governed=environment.governed))
        if environment.lake_formation == "manage":
            administrators = Administrators(self, "DataLakeAdministrators", environment=environment)
            for database in databases:
                database.add_resource_dependency(administrators)
        PrivateBucket(
            self,
            "ArtifactsBucket",
            name=names.bucket("artifacts"),
            key=artifacts_key,
            access_logs=access_logs,
            noncurrent_days=retention.noncurrent_versions,
            removal=removal,
        )
        PrivateBucket(
            self,
            "AthenaResultsBucket",
            name=names.bucket("athena-results"),
            key=data_key,
            access_logs=access_logs,
            noncurrent_days=1,
            current_days=retention.athena_results,
            removal=removal,
        )

        if uploaded(environment.sources):
            PrivateBucket(
                self,
                "LandingBucket",
                name=names.bucket("landing"),
                key=data_key,
                access_logs=access_logs,
                # An upload that another one overwrote is still looked at.
                noncurrent_days=retention.landing,
                current_days=retention.landing,
                removal=removal,
                events=True,
            )

        JobLogs(
            self,
            "Jobs",
            names=names,
            data_key=data_key,
            logs_key=logs_key,
            retention_days=retention.logs,
            removal=removal,
        )
        QueryWorkgroup(
            self,
            "Engineers",
            name=names.workgroup(),
            description="Queries by engineers",
            results=names.query_results("engineers"),
            key=data_key,
            scan_limit_bytes=environment.scan_limit_bytes,
            keep_history=environment.removal == "retain",
        )

        alerts_key = PurposeKey(self, "AlertsKey", alias=f"{names.dashed}/alerts", description="Alerts", removal=removal)
        AlertsTopic(self, "AlertsTopic", names=names, key=alerts_key, address=environment.alarm_address)

        exchange.publish(self, exchange.DATA_KEY, data_key.key_arn, names=names)
        exchange.publish(self, exchange.ARTIFACTS_KEY, artifacts_key.key_arn, names=names)
        exchange.publish(self, exchange.LOGS_KEY, logs_key.key_arn, names=names)
        exchange.publish(self, exchange.ALERTS_KEY, alerts_key.key_arn, names=names)
