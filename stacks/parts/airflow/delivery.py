"""How DAGs and Airflow's other files get into its bucket."""

from aws_cdk import Aws
from aws_cdk.aws_s3_deployment import BucketDeployment
from constructs import Construct

from stacks.parts.airflow.environment import DAGS
from stacks.parts.airflow.files import AirflowFiles
from stacks.parts.delivery.delivery import Delivery
from stacks.parts.delivery.platform import DeliveryPlatform
from stacks.parts.delivery.release import Release
from stacks.parts.permission import allow
from stacks.parts.storage.private_bucket import PrivateBucket
from stacks.parts.storage.purpose_key import PurposeKey

BY_CONTENT = "DAG files are named by products and the others by their content; the bucket is Airflow's own"


class AirflowDelivery(Delivery):
    """Copies into Airflow's bucket: of DAGs there are those of one release only, of other files those that were there before stay."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: PrivateBucket,
        key: PurposeKey,
        platform: DeliveryPlatform,
    ) -> None:
        """Make role and log group.

        Args:
            scope: A stack that has no other delivery.
            id: In this scope.
            bucket: Airflow's.
            key: The bucket's.
            platform: What all deliveries share.
        """
        names = platform.names
        super().__init__(
            scope,
            id,
            what="airflow",
            description="Copies DAGs and Airflow's other files to its bucket",
            log_group_id="AirflowDeliveryLogGroup",
            log_group=f"/medallion/{names.dashed}/airflow-delivery",
            platform=platform,
        )
        self._bucket = bucket
        arn = f"arn:{Aws.PARTITION}:s3:::{names.bucket('airflow')}"
        allow(self.role, "FilesBucket", actions=["s3:GetBucketLocation", "s3:ListBucket"], resources=[arn])
        allow(
            self.role,
            "FilesWrite",
            actions=["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            resources=[f"{arn}/*"],
            star=BY_CONTENT,
        )
        # A DAG file that a release has no more would go on running.
        allow(self.role, "DagsPrune", actions=["s3:DeleteObject"], resources=[f"{arn}/{DAGS}/*"], star=BY_CONTENT)
        allow(self.role, "FilesEncrypt", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])

    def deliver_dags(self, release: Release) -> BucketDeployment:
        """Make the bucket's DAGs those of a release."""
        return self.copy("Dags", directory=release.directory / "dags", bucket=self._bucket.bucket_name, prefix=DAGS, prune=True)

    def deliver_files(self, files: AirflowFiles) -> BucketDeployment:
        """Add requirements, plugins and start-up script."""
        return self.copy("Files", directory=files.directory, bucket=self._bucket.bucket_name)
