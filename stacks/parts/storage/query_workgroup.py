"""Where people query the lake."""

from aws_cdk.aws_athena import CfnWorkGroup
from aws_cdk.aws_kms import IKey
from constructs import Construct


class QueryWorkgroup(Construct):
    """An Athena workgroup whose settings no client can override.

    Attributes:
        workgroup: The workgroup itself, for what is kept in it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        results: str,
        key: IKey,
        scan_limit_bytes: int,
        keep_history: bool,
    ) -> None:
        """Make a workgroup.

        Args:
            scope: A stack.
            id: Begins the logical id, which is `<id>Workgroup`.
            name: What it is called.
            description: Who queries there.
            results: Where results go, as `s3://…/`.
            key: Encrypts results.
            scan_limit_bytes: A query that reads more is stopped.
            keep_history: Whether a workgroup with saved queries refuses to be deleted.
        """
        super().__init__(scope, id)
        self.workgroup = CfnWorkGroup(
            self,
            f"{id}Workgroup",
            name=name,
            description=description,
            recursive_delete_option=not keep_history,
            work_group_configuration=CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=scan_limit_bytes,
                engine_version=CfnWorkGroup.EngineVersionProperty(selected_engine_version="Athena engine version 3"),
                result_configuration=CfnWorkGroup.ResultConfigurationProperty(
                    output_location=results,
                    encryption_configuration=CfnWorkGroup.EncryptionConfigurationProperty(encryption_option="SSE_KMS", kms_key=key.key_arn),
                ),
            ),
        )
        self.workgroup.override_logical_id(f"{id}Workgroup")
