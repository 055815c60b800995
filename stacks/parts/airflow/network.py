"""Where Airflow's processes live."""

from aws_cdk import Fn, Stack
from aws_cdk.aws_ec2 import CfnSecurityGroup, CfnSecurityGroupIngress
from constructs import Construct

from medallion.manifest.environment import MWAA_SUBNETS, CreatedNetwork, Environment
from stacks.parts import exchange


class AirflowNetwork(Construct):
    """Two private subnets, and a security group whose members reach each other and the network's endpoints.

    As "Security in your VPC on Amazon MWAA" of MWAA's user guide has it.

    Attributes:
        subnet_ids: Two.
        security_group_ids: Airflow's own, and in a network that others run that of its jobs, which its endpoints let in.
        rules: What must be there before Airflow starts.
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment) -> None:
        """Make the security group.

        Args:
            scope: A stack.
            id: Begins the logical ids.
            environment: Gives names and network.
        """
        super().__init__(scope, id)
        stack, names, network = Stack.of(self), environment.names, environment.network
        subnets = Fn.split(",", exchange.read(stack, exchange.SUBNETS, names=names))
        self.subnet_ids = [Fn.select(position, subnets) for position in range(MWAA_SUBNETS)]
        group = CfnSecurityGroup(
            self,
            "AirflowSecurityGroup",
            vpc_id=exchange.read(stack, exchange.VPC, names=names),
            group_description="Airflow",
            security_group_egress=[CfnSecurityGroup.EgressProperty(ip_protocol="-1", cidr_ip="0.0.0.0/0", description="AWS services")],
        )
        group.override_logical_id(group.node.id)
        self.security_group_ids = [group.attr_group_id]
        self.rules = [
            CfnSecurityGroupIngress(
                self,
                "AirflowSecurityGroupMembers",
                group_id=group.attr_group_id,
                source_security_group_id=group.attr_group_id,
                ip_protocol="-1",
                description="Airflow's processes, database and web server",
            )
        ]
        if not isinstance(network, CreatedNetwork):
            self.security_group_ids.append(exchange.read(stack, exchange.JOB_SECURITY_GROUP, names=names))
        elif network.endpoints:
            self.rules.append(
                CfnSecurityGroupIngress(
                    self,
                    "AirflowReachesEndpoints",
                    group_id=exchange.read(stack, exchange.ENDPOINT_SECURITY_GROUP, names=names),
                    source_security_group_id=group.attr_group_id,
                    ip_protocol="tcp",
                    from_port=443,
                    to_port=443,
                    description="Airflow",
                )
            )
        for rule in self.rules:
            rule.override_logical_id(rule.node.id)
