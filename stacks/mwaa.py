"""The stack of the Airflow that starts runs."""

from aws_cdk.aws_s3 import Bucket
from constructs import Construct

from medallion.manifest.airflow import Mwaa
from medallion.manifest.environment import Environment
from medallion.manifest.model import Manifest
from stacks.parts import exchange
from stacks.parts.airflow.delivery import AirflowDelivery
from stacks.parts.airflow.environment import AirflowEnvironment
from stacks.parts.airflow.files import AirflowFiles
from stacks.parts.airflow.network import AirflowNetwork
from stacks.parts.airflow.role import AirflowRole
from stacks.parts.delivery.platform import DeliveryPlatform
from stacks.parts.delivery.release import Release
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.logs.log_keeping import LogKeeping
from stacks.parts.removal import removal_policy
from stacks.parts.storage.private_bucket import PrivateBucket
from stacks.parts.storage.purpose_key import PurposeKey
from stacks.parts.suppression import accept


class MwaaStack(EnvironmentStack):
    """An MWAA environment with all that is its own: key, bucket, role, security group, log groups.

    It goes after all jobs, so that no DAG starts a job of another release.
    """

    def __init__(
        self, scope: Construct, *, environment: Environment, settings: Mwaa, manifest: Manifest, release: Release, files: AirflowFiles
    ) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives names, network, retention and removal.
            settings: Version, size and options of Airflow.
            manifest: Says which sources' jobs are started.
            release: Holds the DAGs.
            files: What Airflow is started with.
        """
        super().__init__(scope, "mwaa", environment=environment, description="Medallion MWAA: the Airflow that starts the runs")
        names, retention, removal = environment.names, environment.retention, removal_policy(environment.removal)
        key = PurposeKey(
            self,
            "AirflowKey",
            alias=f"{names.dashed}/airflow",
            description="Airflow's database, queue, files and logs",
            removal=removal,
        )
        key.grant_log_groups(f"airflow-{names.airflow}-")
        bucket = PrivateBucket(
            self,
            "AirflowBucket",
            name=names.bucket("airflow"),
            key=key,
            access_logs=Bucket.from_bucket_name(self, "AccessLogs", names.bucket("access-logs")),
            noncurrent_days=retention.noncurrent_versions,
            removal=removal,
        )
        accept(
            bucket,
            "Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded",
            reason="The bucket of access logs is the lake stack's, which lets S3 write this bucket's logs by its own policy",
        )
        delivery = AirflowDelivery(
            self,
            "Delivery",
            bucket=bucket,
            key=key,
            platform=DeliveryPlatform(
                names=names, qualifier=environment.bootstrap_qualifier, logs=LogKeeping.read(self, environment=environment)
            ),
        )
        delivery.deliver_dags(release)
        airflow = AirflowEnvironment(
            self,
            "Airflow",
            settings=settings,
            names=names,
            role=AirflowRole(
                self,
                "AirflowRole",
                names=names,
                sources=manifest.sources,
                governed=environment.governed,
                key_arn=key.key_arn,
                alerts_key_arn=exchange.read(self, exchange.ALERTS_KEY, names=names),
            ),
            bucket=bucket,
            key=key,
            files=files,
            network=AirflowNetwork(self, "Network", environment=environment),
            retention_days=retention.logs,
            removal=removal,
        )
        airflow.environment.node.add_dependency(delivery.deliver_files(files))
