"""What the execution role of an Airflow environment may do: each statement with the documentation that asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws

from medallion.manifest.names import Names
from medallion.manifest.steps import jobs

USER_GUIDE = "https://docs.aws.amazon.com/mwaa/latest/userguide"
# "Amazon MWAA execution role", its sample policy for a customer managed key.
EXECUTION_ROLE = f"{USER_GUIDE}/mwaa-create-role.html"
# Which action a call needs, and on which resource.
SERVICE_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference"


@dataclass(frozen=True)
class Statement:
    """One statement of a policy.

    Attributes:
        sid: Its id, which says what for.
        source: The page that asks for it.
        actions: Each by its full name; where the page has a pattern, those of it that are called.
        resources: ARNs.
        conditions: When; None for always.
        star: Why resources are named by a pattern, where one is.
    """

    sid: str
    source: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]] | None = None
    star: str | None = None


def environment_arn(names: Names) -> str:
    """The ARN of the Airflow environment."""
    return f"arn:{Aws.PARTITION}:airflow:{names.region}:{names.account}:environment/{names.airflow}"


def execution_statements(
    *, names: Names, sources: Sequence[str], governed: bool, key_arn: str, alerts_key_arn: str
) -> tuple[Statement, ...]:
    """All that the execution role may do.

    Args:
        names: What everything is called.
        sources: The logical sources, each of which has an ingest job.
        governed: Whether Lake Formation decides who sees what, so that a job tells it.
        key_arn: The environment's key.
        alerts_key_arn: The key of the topic of alerts.
    """
    return (*_of_mwaa(names, key_arn), *_of_dags(names, sources, governed, alerts_key_arn))


def _of_mwaa(names: Names, key_arn: str) -> tuple[Statement, ...]:
    bucket = f"arn:{Aws.PARTITION}:s3:::{names.bucket('airflow')}"
    return (
        Statement("PublishMetrics", EXECUTION_ROLE, ("airflow:PublishMetrics",), (environment_arn(names),)),
        Statement(
            "FilesBucket",
            EXECUTION_ROLE,
            ("s3:GetBucketLocation", "s3:GetBucketPublicAccessBlock", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"),
            (bucket,),
        ),
        Statement(
            "FilesRead",
            EXECUTION_ROLE,
            ("s3:GetObject", "s3:GetObjectVersion"),
            (f"{bucket}/*",),
            star="A file's key is the hash of its content, and DAG files come with contracts; the bucket is Airflow's own",
        ),
        Statement(
            "PublicAccessBlock",
            EXECUTION_ROLE,
            ("s3:GetAccountPublicAccessBlock",),
            ("*",),
            star="The account's block on public access is no resource; MWAA looks whether the bucket may be public",
        ),
        Statement(
            "Logs",
            EXECUTION_ROLE,
            (
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:GetLogEvents",
                "logs:GetLogGroupFields",
                "logs:GetLogRecord",
                "logs:GetQueryResults",
                "logs:PutLogEvents",
            ),
            (f"arn:{Aws.PARTITION}:logs:{names.region}:{names.account}:log-group:airflow-{names.airflow}-*",),
            star="Streams are named by Airflow's tasks; the groups that begin so are this environment's own",
        ),
        Statement(
            "LogGroups",
            EXECUTION_ROLE,
            ("logs:DescribeLogGroups",),
            ("*",),
            star="MWAA looks for its groups in the list of all; the list holds names and no events",
        ),
        Statement(
            "Metrics",
            # The condition: "Using condition keys to limit access to CloudWatch namespaces"; the namespace: "Apache Airflow metrics in CloudWatch".
            EXECUTION_ROLE,
            ("cloudwatch:PutMetricData",),
            ("*",),
            {"StringEquals": {"cloudwatch:namespace": "AmazonMWAA"}},
            star="PutMetricData knows no resources; the namespace is the narrowest that AWS offers",
        ),
        Statement(
            "Queue",
            EXECUTION_ROLE,
            (
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ),
            (f"arn:{Aws.PARTITION}:sqs:{names.region}:*:airflow-celery-*",),
            star="The queue of tasks is in an account of MWAA's, which names it when the environment is made",
        ),
        Statement(
            "Encryption",
            EXECUTION_ROLE,
            ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
            (key_arn,),
            {"StringEquals": {"kms:ViaService": [f"{service}.{names.region}.{Aws.URL_SUFFIX}" for service in ("s3", "sqs")]}},
        ),
    )


def _of_dags(names: Names, sources: Sequence[str], governed: bool, alerts_key_arn: str) -> tuple[Statement, ...]:
    account = f"{names.region}:{names.account}"
    return (
        Statement(
            "GlueRuns",
            f"{SERVICE_REFERENCE}/list_awsglue.html",
            ("glue:BatchStopJobRun", "glue:GetJob", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"),
            tuple(f"arn:{Aws.PARTITION}:glue:{account}:job/{job}" for job in sorted(jobs(names, sources, governed=governed))),
        ),
        Statement(
            "GlueOutput",
            f"{SERVICE_REFERENCE}/list_amazoncloudwatchlogs.html",
            ("logs:GetLogEvents",),
            (f"arn:{Aws.PARTITION}:logs:{account}:log-group:{names.job_output_group}:log-stream:*",),
            star="A stream is named by the run of the job; the group is the jobs' own",
        ),
        Statement(
            "AppliedRelease",
            f"{SERVICE_REFERENCE}/list_awssystemsmanager.html",
            ("ssm:GetParameter",),
            tuple(
                f"arn:{Aws.PARTITION}:ssm:{account}:parameter{name}"
                for name in (*([names.applied_access] if governed else []), names.applied_release)
            ),
        ),
        Statement(
            "Alerts",
            f"{SERVICE_REFERENCE}/list_amazonsns.html",
            ("sns:Publish",),
            (f"arn:{Aws.PARTITION}:sns:{account}:{names.alerts_topic}",),
        ),
        Statement(
            "AlertsEncryption",
            "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            (alerts_key_arn,),
            {"StringEquals": {"kms:ViaService": f"sns.{names.region}.{Aws.URL_SUFFIX}"}},
        ),
    )
