"""The stack that says where jobs and sources live."""

from aws_cdk import Fn
from constructs import Construct

from medallion.manifest.environment import CreatedNetwork as CreatedNetworkSettings
from medallion.manifest.environment import Environment
from stacks.parts import exchange
from stacks.parts.environment_stack import EnvironmentStack
from stacks.parts.network.created import CreatedNetwork
from stacks.parts.removal import removal_policy


class NetworkStack(EnvironmentStack):
    """A VPC of the lake's own, or the ids of one that others run; what follows reads the same parameters either way."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        """Make the stack.

        Args:
            scope: The app.
            environment: Gives the network, names, log retention and removal.
        """
        super().__init__(scope, "network", environment=environment, description="Medallion network: subnets, endpoints and flow logs")
        settings, names = environment.network, environment.names
        if isinstance(settings, CreatedNetworkSettings):
            network = CreatedNetwork(
                self,
                "Network",
                settings=settings,
                names=names,
                flow_log_retention_days=environment.retention.logs,
                removal=removal_policy(environment.removal),
            )
            vpc_id, subnet_ids, zones = network.vpc.vpc_id, network.subnet_ids, network.zones
            security_group_id = network.job_security_group.security_group_id
            if network.endpoint_security_group:
                exchange.publish(self, exchange.ENDPOINT_SECURITY_GROUP, network.endpoint_security_group.security_group_id, names=names)
        else:
            vpc_id, subnet_ids, zones = settings.vpc_id, list(settings.subnet_ids), list(settings.availability_zones)
            security_group_id = settings.security_group_id
        exchange.publish(self, exchange.VPC, vpc_id, names=names)
        exchange.publish(self, exchange.SUBNETS, Fn.join(",", subnet_ids), names=names)
        exchange.publish(self, exchange.JOB_SUBNET, subnet_ids[0], names=names)
        exchange.publish(self, exchange.JOB_ZONE, zones[0], names=names)
        exchange.publish(self, exchange.JOB_SECURITY_GROUP, security_group_id, names=names)

    @property
    def availability_zones(self) -> list[str]:
        """The region's zones as CloudFormation knows them, where the CDK would look them up over the network."""
        return [Fn.select(index, Fn.get_azs()) for index in range(3)]
