"""EC2 networking: templates' networks are kept as they are written; no packet ever passes through them."""

from local.emulator.process import Emulator
from local.service import Change, Provisioned, Service
from local.services.ec2.network import ElasticAddress, FlowLog, NatGateway
from local.services.ec2.security_groups import SecurityGroupRule


def _vpc(change: Change) -> Provisioned:
    # The emulator has no Fn::GetAtt CidrBlock.
    return Provisioned(change.physical_id, {**change.attributes, "CidrBlock": change.new.get("CidrBlock", "")})


def install(emulator: Emulator) -> None:
    """Adds what templates of a network need."""
    emulator.cloudformation.register_type("AWS::EC2::SecurityGroupIngress", SecurityGroupRule(emulator, "ingress"), tags=None)
    emulator.cloudformation.register_type("AWS::EC2::SecurityGroupEgress", SecurityGroupRule(emulator, "egress"), tags=None)
    emulator.cloudformation.register_type("AWS::EC2::FlowLog", FlowLog(emulator))
    emulator.cloudformation.register_type("AWS::EC2::EIP", ElasticAddress(emulator))
    emulator.cloudformation.register_type("AWS::EC2::NatGateway", NatGateway(emulator))
    emulator.cloudformation.correct_type("AWS::EC2::VPC", _vpc)


SERVICE = Service(
    name="EC2 (VPC)",
    truth="recorded only",
    sentence="Networks, security groups, endpoints and flow logs are described as deployed, but everything runs on 127.0.0.1 and no rule filters anything.",
    types=(
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::FlowLog",
        "AWS::EC2::EIP",
        "AWS::EC2::NatGateway",
        "AWS::EC2::VPC",
    ),
    install=install,
)
