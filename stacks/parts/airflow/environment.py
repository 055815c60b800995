"""Airflow on MWAA."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_mwaa import CfnEnvironment
from constructs import Construct

from medallion.manifest.airflow import Mwaa
from medallion.manifest.names import AIRFLOW_MODULES, Names
from stacks.parts.airflow.files import AirflowFiles
from stacks.parts.airflow.network import AirflowNetwork
from stacks.parts.airflow.role import AirflowRole
from stacks.parts.alerts.topic import topic_arn
from stacks.parts.logs.encrypted_log_group import EncryptedLogGroup
from stacks.parts.storage.private_bucket import PrivateBucket
from stacks.parts.storage.purpose_key import PurposeKey

DAGS = "dags"


class AirflowEnvironment(Construct):
    """An MWAA environment with its log groups, which MWAA would make with no end.

    A change lets tasks that run end before their worker is replaced. Files are named by their content, so that another file is a change.

    Attributes:
        environment: The environment, which may be made to wait for what it starts with.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Mwaa,
        names: Names,
        role: AirflowRole,
        bucket: PrivateBucket,
        key: PurposeKey,
        files: AirflowFiles,
        network: AirflowNetwork,
        retention_days: int,
        removal: RemovalPolicy,
    ) -> None:
        """Make log groups and environment.

        Args:
            scope: A stack.
            id: Begins the logical ids.
            settings: Version, size and options.
            names: What it is called.
            role: Its execution role.
            bucket: Where its files are.
            key: Encrypts database, queue, files and logs.
            files: What it is started with.
            network: Where it lives.
            retention_days: When log events are dropped.
            removal: Whether logs outlive their stack.
        """
        super().__init__(scope, id)
        groups = [
            EncryptedLogGroup(
                self,
                f"Airflow{module}LogGroup",
                name=names.airflow_log_group(module),
                key=key,
                retention_days=retention_days,
                removal=removal,
            )
            for module in AIRFLOW_MODULES
        ]
        # Why a requirement could not be installed is told at this level.
        logs = CfnEnvironment.ModuleLoggingConfigurationProperty(enabled=True, log_level="INFO")
        self.environment = CfnEnvironment(
            self,
            "AirflowEnvironment",
            name=names.airflow,
            airflow_version=settings.airflow_version,
            environment_class=settings.environment_class,
            min_workers=settings.workers.minimum,
            max_workers=settings.workers.maximum,
            schedulers=settings.schedulers,
            webserver_access_mode=f"{settings.web_access.upper()}_ONLY",
            weekly_maintenance_window_start=settings.maintenance_window,
            worker_replacement_strategy="GRACEFUL",
            # The DAGs' own section: where they tell of failed runs and missed deadlines, unless the options say otherwise.
            airflow_configuration_options={"medallion.alerts_topic": topic_arn(names), **settings.options},
            execution_role_arn=role.role_arn,
            kms_key=key.key_arn,
            source_bucket_arn=bucket.bucket_arn,
            dag_s3_path=DAGS,
            requirements_s3_path=files.requirements,
            plugins_s3_path=files.plugins,
            startup_script_s3_path=files.startup,
            network_configuration=CfnEnvironment.NetworkConfigurationProperty(
                subnet_ids=network.subnet_ids, security_group_ids=network.security_group_ids
            ),
            logging_configuration=CfnEnvironment.LoggingConfigurationProperty(
                dag_processing_logs=logs, scheduler_logs=logs, task_logs=logs, webserver_logs=logs, worker_logs=logs
            ),
        )
        self.environment.override_logical_id("AirflowEnvironment")
        # MWAA looks at all of it while it makes the environment, and takes half an hour to say that something is missing.
        self.environment.node.add_dependency(role.node.find_child("DefaultPolicy"), *groups, *network.rules)
