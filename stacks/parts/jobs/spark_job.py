"""A Glue job that runs a script of the release under a role of its own."""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration
from aws_cdk.aws_glue import (
    Code,
    Connection,
    GlueVersion,
    PySparkEtlJob,
    SecurityConfiguration,
    WorkerConfiguration,
    WorkerType,
)
from aws_cdk.aws_iam import Role, ServicePrincipal
from aws_cdk.aws_s3 import Bucket
from constructs import Construct

from medallion.manifest.glue_version import GLUE
from medallion.manifest.names import Names
from stacks.parts.jobs.platform import JobPlatform
from stacks.parts.permission import allow
from stacks.parts.suppression import accept


class SparkJob(Construct):
    """A Glue job: scaled by itself, stopped in time, encrypted, its log kept, allowed nothing but what it is granted.

    Attributes:
        role: Its role, which has the job's name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        script: str,
        platform: JobPlatform,
        arguments: Mapping[str, str] | None = None,
        wheels: Sequence[str] = (),
        connection_name: str | None = None,
        metrics: bool = True,
    ) -> None:
        """Make the job.

        Args:
            scope: A stack.
            id: In this scope.
            name: The job's name, and its role's.
            description: What a run of it does.
            script: The file in the release's `scripts/`.
            platform: What all jobs share.
            arguments: What else every run is started with; default nothing.
            wheels: Other archives of wheels of the release that it needs beside our own; default none.
            connection_name: The Glue connection whose network it runs in; default none, which is Glue's own network.
            metrics: Whether it sends metrics to CloudWatch; where it can't reach that, it would wait for it.
        """
        super().__init__(scope, id)
        self.role = Role(self, "Role", role_name=name, description=description, assumed_by=ServicePrincipal("glue.amazonaws.com"))
        names, files, workers = platform.names, platform.files, platform.workers
        files.grant_read(self.role)
        self._grant_logs(names)
        if metrics:
            self._grant_metrics()
        job = PySparkEtlJob(
            self,
            "Job",
            job_name=name,
            description=description,
            # The L2 would grant wildcard actions on script and log group; what the role may do is said above and by those that call us.
            role=self.role.without_policy_updates(),
            script=Code.from_bucket(Bucket.from_bucket_name(self, "Artifacts", files.bucket), files.script(script)),
            glue_version=GlueVersion[f"V{GLUE.number.replace('.', '_')}"],
            worker_configuration=WorkerConfiguration(
                worker_type=WorkerType[workers.type.replace(".", "_")], number_of_workers=workers.maximum
            ),
            timeout=Duration.minutes(workers.timeout_minutes),
            max_retries=workers.retries,
            max_concurrent_runs=platform.concurrent_runs,
            connections=[Connection.from_connection_name(self, "Connection", connection_name)] if connection_name else None,
            security_configuration=SecurityConfiguration.from_security_configuration_name(
                self, "SecurityConfiguration", names.security_configuration
            ),
            enable_metrics=metrics,
            enable_observability_metrics=metrics,
            default_arguments={
                "--enable-auto-scaling": "true",
                "--datalake-formats": "iceberg",
                # Jobs may have no way to the internet, so their Python code comes as archives of wheels.
                "--additional-python-modules": files.wheels_urls(*wheels),
                "--python-modules-installer-option": "--no-index",
                # Glue 5 and later ignore `--continuous-log-logGroup` and write to `<prefix>/output` and `<prefix>/error`.
                "--custom-logGroup-prefix": names.job_log_group,
                # A run of another release than this definition's ends at once.
                "--deployed_release": platform.release,
                "--prefix": names.prefix,
                "--account": names.account,
                "--region": names.region,
                **(arguments or {}),
            },
        )
        for finding in ("AwsSolutions-GL1", "AwsSolutions-GL3"):
            accept(
                job,
                finding,
                reason="The security configuration is the lake stack's, where cdk-nag does not look; a test holds the two together",
            )
        # A run that starts before its policy is there fails for want of it.
        job.node.add_dependency(self.role.node.find_child("DefaultPolicy"))

    def _grant_logs(self, names: Names) -> None:
        group = f"arn:{Aws.PARTITION}:logs:{names.region}:{names.account}:log-group:{names.job_log_group}"
        allow(
            self.role,
            "Log",
            # Glue associates the security configuration's key with a group before it writes.
            actions=["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{group}*"],
            star="Glue may add the security configuration's name to a group's name, and names streams by job runs; all begin so",
        )

    def _grant_metrics(self) -> None:
        allow(
            self.role,
            "Metrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": "Glue"}},
            star="PutMetricData knows no resources; the namespace is the narrowest that AWS offers",
        )
