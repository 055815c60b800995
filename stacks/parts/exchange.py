"""The values that one stack hands to another, all of them, as SSM parameters.

CloudFormation's own exports can't be changed while another stack imports them, which locks upgrades; a parameter is read anew at each
deployment. Names that follow from the configuration (buckets, databases, jobs) are computed by `Names` and need no parameter.
"""

from dataclasses import dataclass

from aws_cdk import CfnParameter
from aws_cdk.aws_ssm import StringParameter
from constructs import Construct

from medallion.manifest.names import Names
from stacks.parts.environment_stack import StackName


@dataclass(frozen=True)
class Value:
    """One value between stacks.

    Attributes:
        stack: The stack that publishes it.
        name: The last part of the parameter's name.
        id: The logical id of the parameter, in the stack that publishes it and in those that read it.
        description: What the value is.
        optional: Whether it is published only where there is such a thing.
    """

    stack: StackName
    name: str
    id: str
    description: str
    optional: bool = False


VPC = Value("network", "vpc-id", "VpcId", "The VPC of jobs and demo sources")
SUBNETS = Value("network", "subnet-ids", "SubnetIds", "Private subnets in two or more zones, comma-separated")
JOB_SUBNET = Value("network", "job-subnet-id", "JobSubnetId", "The subnet of jobs that read a source in the network")
JOB_ZONE = Value("network", "job-availability-zone", "JobAvailabilityZone", "The zone of the jobs' subnet")
JOB_SECURITY_GROUP = Value("network", "job-security-group-id", "JobSecurityGroupId", "The security group of jobs in the network")
ENDPOINT_SECURITY_GROUP = Value(
    "network",
    "endpoint-security-group-id",
    "EndpointSecurityGroupId",
    "The security group of the network's own endpoints; it lets in who is named",
    optional=True,
)
DATA_KEY = Value("lake", "data-key-arn", "DataKeyArn", "Encrypts the three layers and query results")
ARTIFACTS_KEY = Value("lake", "artifacts-key-arn", "ArtifactsKeyArn", "Encrypts releases")
LOGS_KEY = Value("lake", "logs-key-arn", "LogsKeyArn", "Encrypts log groups")
ALERTS_KEY = Value("lake", "alerts-key-arn", "AlertsKeyArn", "Encrypts alerts")
RELEASE = Value("transform", "release", "Release", "The deployed release; it changes once every job has it")

VALUES = (
    VPC,
    SUBNETS,
    JOB_SUBNET,
    JOB_ZONE,
    JOB_SECURITY_GROUP,
    ENDPOINT_SECURITY_GROUP,
    DATA_KEY,
    ARTIFACTS_KEY,
    LOGS_KEY,
    ALERTS_KEY,
    RELEASE,
)


def publish(scope: Construct, value: Value, text: str, *, names: Names) -> StringParameter:
    """Let other stacks, and people, read a value."""
    return StringParameter(
        scope,
        value.id,
        parameter_name=names.parameter(value.stack, value.name),
        string_value=text,
        description=value.description,
    )


def read(scope: Construct, value: Value, *, names: Names) -> str:
    """A value that another stack published, as a token that is resolved at each deployment."""
    return CfnParameter(
        scope,
        value.id,
        type="AWS::SSM::Parameter::Value<String>",
        default=names.parameter(value.stack, value.name),
        description=value.description,
    ).value_as_string
