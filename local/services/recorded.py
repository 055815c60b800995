"""Services that are the emulator's own, and those whose word must not be taken."""

from local.service import Service

SERVICES = (
    Service(
        name="CloudFormation",
        truth="emulated",
        sentence="Real stacks, change sets, updates, rollbacks and deletions; a template with a type that nothing here provides is refused.",
    ),
    Service(
        name="IAM and STS",
        truth="real",
        sentence="Every call is checked against the deployed roles, trust policies, boundaries and resource policies; over loopback plain http counts as TLS.",
    ),
    Service(
        name="KMS",
        truth="recorded only",
        sentence="Keys and their policies exist, but S3, logs, secrets and databases are not encrypted with them.",
    ),
    Service(name="SSM Parameter Store", truth="emulated", sentence="Parameters, also as types of a template's parameters."),
    Service(
        name="Lambda",
        truth="real",
        sentence="Python and Node functions run as processes under their roles, without a container, network or memory limits, as the user who started the laptop, be it root.",
    ),
    Service(
        name="EventBridge and SQS",
        truth="emulated",
        sentence="S3's events reach queues and functions, delayed messages wait, and what fails too often is put aside; queues are not encrypted.",
    ),
    Service(name="X-Ray", truth="recorded only", sentence="Functions are traced as on AWS, and nothing receives it."),
)
