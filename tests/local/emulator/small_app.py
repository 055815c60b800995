"""A small CDK app, with a bucket that empties itself by a function of the CDK's own, written for Node."""

import os

import aws_cdk as cdk
from aws_cdk import aws_iam, aws_logs, aws_s3, aws_ssm

app = cdk.App()
stack = cdk.Stack(app, "small", env=cdk.Environment(account="111111111111", region="eu-west-1"))
days = cdk.Duration.days(int(os.environ.get("DAYS", "3")))
bucket = aws_s3.Bucket(
    stack,
    "Bucket",
    bucket_name="small-bucket",
    versioned=True,
    enforce_ssl=True,
    encryption=aws_s3.BucketEncryption.KMS,
    lifecycle_rules=[aws_s3.LifecycleRule(id="old", noncurrent_version_expiration=days)],
    removal_policy=cdk.RemovalPolicy.DESTROY,
    auto_delete_objects=True,
)
aws_logs.LogGroup(
    stack, "Log", log_group_name="/small", retention=aws_logs.RetentionDays.ONE_WEEK, removal_policy=cdk.RemovalPolicy.DESTROY
)
role = aws_iam.Role(stack, "Role", assumed_by=aws_iam.ServicePrincipal("glue.amazonaws.com"))
bucket.grant_read(role)
aws_ssm.StringParameter(stack, "Parameter", parameter_name="/small", string_value=bucket.bucket_arn)
app.synth()
