"""A VPC of the lake's own."""

from aws_cdk import RemovalPolicy
from aws_cdk.aws_ec2 import (
    CfnSecurityGroupIngress,
    FlowLogDestination,
    FlowLogTrafficType,
    GatewayVpcEndpointAwsService,
    InterfaceVpcEndpointAwsService,
    IpAddresses,
    Peer,
    Port,
    SecurityGroup,
    SubnetConfiguration,
    SubnetSelection,
    SubnetType,
    Vpc,
)
from constructs import Construct

from medallion.manifest.environment import CreatedNetwork as Settings
from medallion.manifest.environment import InterfaceEndpoint
from medallion.manifest.names import Names
from stacks.parts.logs.encrypted_log_group import EncryptedLogGroup
from stacks.parts.storage.purpose_key import PurposeKey

SERVICES: dict[InterfaceEndpoint, tuple[str, InterfaceVpcEndpointAwsService]] = {
    "secretsmanager": ("SecretsManagerEndpoint", InterfaceVpcEndpointAwsService.SECRETS_MANAGER),
    "glue": ("GlueEndpoint", InterfaceVpcEndpointAwsService.GLUE),
    "logs": ("LogsEndpoint", InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS),
    "kms": ("KmsEndpoint", InterfaceVpcEndpointAwsService.KMS),
    "sts": ("StsEndpoint", InterfaceVpcEndpointAwsService.STS),
    "monitoring": ("MonitoringEndpoint", InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING),
    "sqs": ("SqsEndpoint", InterfaceVpcEndpointAwsService.SQS),
    "sns": ("SnsEndpoint", InterfaceVpcEndpointAwsService.SNS),
    "ssm": ("SsmEndpoint", InterfaceVpcEndpointAwsService.SSM),
    "ecr.api": ("EcrApiEndpoint", InterfaceVpcEndpointAwsService.ECR),
    "ecr.dkr": ("EcrDkrEndpoint", InterfaceVpcEndpointAwsService.ECR_DOCKER),
    "airflow.api": ("AirflowApiEndpoint", InterfaceVpcEndpointAwsService.AIRFLOW_API),
    "airflow.env": ("AirflowEnvEndpoint", InterfaceVpcEndpointAwsService.AIRFLOW_ENV),
    "airflow.ops": ("AirflowOpsEndpoint", InterfaceVpcEndpointAwsService.AIRFLOW_OPS),
}

# RDS wants subnets in two zones, whatever the number of zones that jobs and endpoints use; subnets are free.
FEWEST_ZONES = 2
MOST_ZONES = 3


class CreatedNetwork(Construct):
    """Private subnets, gateways to S3 and DynamoDB, the configured endpoints, flow logs and the jobs' security group.

    Attributes:
        vpc: The VPC.
        subnet_ids: One private subnet a zone, in two zones or more.
        zones: The subnets' zones, in their order.
        job_security_group: Lets its members talk to each other, as Spark's driver and executors do.
        endpoint_security_group: That of the endpoints, which lets the jobs in; None where there is no endpoint.
    """

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, names: Names, flow_log_retention_days: int, removal: RemovalPolicy
    ) -> None:
        """Make the network.

        Args:
            scope: A stack.
            id: In this scope.
            settings: Range, zones, NAT and endpoints.
            names: What log group and key are called.
            flow_log_retention_days: When flow logs are dropped.
            removal: Whether flow logs outlive their stack.
        """
        super().__init__(scope, id)
        zones = max(settings.zones, FEWEST_ZONES)
        self.vpc = Vpc(
            self,
            "Vpc",
            ip_addresses=IpAddresses.cidr(settings.cidr),
            max_azs=zones,
            # So that a later zone gets addresses of its own and moves no subnet.
            reserved_azs=MOST_ZONES - zones,
            nat_gateways=1 if settings.nat else 0,
            subnet_configuration=_subnets(settings),
            # Nothing is put into the default security group, and changing it takes a custom resource.
            restrict_default_security_group=False,
        )
        private = self.vpc.private_subnets if settings.nat else self.vpc.isolated_subnets
        self.subnet_ids = [subnet.subnet_id for subnet in private]
        self.zones = [subnet.availability_zone for subnet in private]
        self.vpc.add_gateway_endpoint("S3Endpoint", service=GatewayVpcEndpointAwsService.S3)
        self.vpc.add_gateway_endpoint("DynamoDbEndpoint", service=GatewayVpcEndpointAwsService.DYNAMODB)

        self.job_security_group = SecurityGroup(
            self, "JobSecurityGroup", vpc=self.vpc, description="Glue jobs that read a source", allow_all_outbound=True
        )
        CfnSecurityGroupIngress(
            self,
            "JobSecurityGroupMembers",
            group_id=self.job_security_group.security_group_id,
            source_security_group_id=self.job_security_group.security_group_id,
            ip_protocol="tcp",
            from_port=0,
            to_port=65535,
            description="Spark driver and executors",
        )
        self.endpoint_security_group = self._add_endpoints(settings)
        self._add_flow_logs(names, flow_log_retention_days, removal)

    def _add_endpoints(self, settings: Settings) -> SecurityGroup | None:
        if not settings.endpoints:
            return None
        group = SecurityGroup(
            self, "EndpointSecurityGroup", vpc=self.vpc, description="Private endpoints of AWS services", allow_all_outbound=False
        )
        group.add_ingress_rule(Peer.security_group_id(self.job_security_group.security_group_id), Port.tcp(443), "Glue jobs")
        private = self.vpc.private_subnets if settings.nat else self.vpc.isolated_subnets
        for name in settings.endpoints:
            logical_id, service = SERVICES[name]
            self.vpc.add_interface_endpoint(
                logical_id,
                service=service,
                security_groups=[group],
                open=False,
                private_dns_enabled=True,
                subnets=SubnetSelection(subnets=private[: settings.zones]),
            )
        return group

    def _add_flow_logs(self, names: Names, retention_days: int, removal: RemovalPolicy) -> None:
        name = f"/medallion/{names.dashed}/network"
        key = PurposeKey(self, "NetworkLogsKey", alias=f"{names.dashed}/network-logs", description="Flow logs", removal=removal)
        key.grant_log_groups(name)
        group = EncryptedLogGroup(self, "NetworkLogGroup", name=name, key=key, retention_days=retention_days, removal=removal)
        self.vpc.add_flow_log("FlowLog", destination=FlowLogDestination.to_cloud_watch_logs(group), traffic_type=FlowLogTrafficType.ALL)


def _subnets(settings: Settings) -> list[SubnetConfiguration]:
    mask = int(settings.cidr.rpartition("/")[2])
    if not settings.nat:
        return [SubnetConfiguration(name="Private", subnet_type=SubnetType.PRIVATE_ISOLATED, cidr_mask=mask + 2)]
    return [
        SubnetConfiguration(name="Private", subnet_type=SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=mask + 2),
        SubnetConfiguration(name="Public", subnet_type=SubnetType.PUBLIC, cidr_mask=mask + 4, map_public_ip_on_launch=False),
    ]
