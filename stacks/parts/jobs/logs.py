"""Where Glue jobs log to, and how what they leave is encrypted."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_glue import CfnSecurityConfiguration
from aws_cdk.aws_kms import IKey
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.logs.encrypted_log_group import EncryptedLogGroup


class JobLogs(Construct):
    """The jobs' log groups and the Glue security configuration that makes every job encrypt.

    Glue 5 and later write what a job prints to `<job_log_group>/output` and their own messages to `<job_log_group>/error`. Both exist
    from the start, so that neither is made by Glue with no key and no end.
    """

    def __init__(
        self, scope: Construct, id: str, *, names: Names, data_key: IKey, logs_key: IKey, retention_days: int, removal: RemovalPolicy
    ) -> None:
        """Make log groups and security configuration.

        Args:
            scope: A stack.
            id: In this scope.
            names: What they are called.
            data_key: Encrypts what jobs write to S3.
            logs_key: Encrypts logs.
            retention_days: When events are dropped.
            removal: Whether logs outlive their stack.
        """
        super().__init__(scope, id)
        for logical_id, name in (("JobOutputLogGroup", names.job_output_group), ("JobErrorLogGroup", f"{names.job_log_group}/error")):
            EncryptedLogGroup(self, logical_id, name=name, key=logs_key, retention_days=retention_days, removal=removal)
        configuration = CfnSecurityConfiguration(
            self,
            "JobSecurityConfiguration",
            name=names.security_configuration,
            encryption_configuration=CfnSecurityConfiguration.EncryptionConfigurationProperty(
                cloud_watch_encryption=CfnSecurityConfiguration.CloudWatchEncryptionProperty(
                    cloud_watch_encryption_mode="SSE-KMS", kms_key_arn=logs_key.key_arn
                ),
                job_bookmarks_encryption=CfnSecurityConfiguration.JobBookmarksEncryptionProperty(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=data_key.key_arn
                ),
                s3_encryptions=[CfnSecurityConfiguration.S3EncryptionProperty(s3_encryption_mode="SSE-KMS", kms_key_arn=data_key.key_arn)],
            ),
        )
        configuration.override_logical_id("JobSecurityConfiguration")
