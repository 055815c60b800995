"""EC2 networking: templates' networks are kept as they are written; no packet ever passes through them."""

from typing import Any

from local.emulator import Emulator
from local.service import Change, Json, Provisioned, Resource, ResourceType, Service


class SecurityGroupRule(ResourceType):
    """A rule that stands beside its security group, as a group that refers to itself needs."""

    def __init__(self, emulator: Emulator, direction: str) -> None:
        self._emulator = emulator
        self._direction = direction

    def create(self, resource: Resource) -> Provisioned:
        ec2 = self._emulator.client("ec2")
        authorize = getattr(ec2, f"authorize_security_group_{self._direction}")
        answer = authorize(GroupId=resource.properties["GroupId"], IpPermissions=[_permission(resource.properties)])
        rules = answer.get("SecurityGroupRules") or []
        identifier = rules[0]["SecurityGroupRuleId"] if rules else f"{resource.properties['GroupId']}|{resource.logical_id}"
        return Provisioned(identifier, {"Id": identifier})

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        self.delete(physical_id, old)
        return self.create(resource)

    def delete(self, physical_id: str, properties: Json) -> None:
        ec2 = self._emulator.client("ec2")
        revoke = getattr(ec2, f"revoke_security_group_{self._direction}")
        try:
            revoke(GroupId=properties["GroupId"], IpPermissions=[_permission(properties)])
        except ec2.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("InvalidPermission.NotFound", "InvalidGroup.NotFound"):
                raise


class FlowLog(ResourceType):
    """A flow log: described, but there is no traffic to write."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def create(self, resource: Resource) -> Provisioned:
        properties = resource.properties
        request = {
            "ResourceIds": [properties["ResourceId"]],
            "ResourceType": properties["ResourceType"],
            "TrafficType": properties.get("TrafficType", "ALL"),
            "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
            "TagSpecifications": _tags("vpc-flow-log", properties),
        }
        for name in ("LogGroupName", "LogDestination", "DeliverLogsPermissionArn"):
            if name in properties:
                request[name] = properties[name]
        identifier = self._emulator.client("ec2").create_flow_logs(**request)["FlowLogIds"][0]
        return Provisioned(identifier, {"Id": identifier})

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        # All of a flow log but its tags is create-only.
        if {**old, "Tags": None} == {**resource.properties, "Tags": None}:
            self._emulator.client("ec2").create_tags(Resources=[physical_id], Tags=resource.properties.get("Tags", []))
            return Provisioned(physical_id, {"Id": physical_id})
        return self.create(resource)

    def delete(self, physical_id: str, properties: Json) -> None:
        self._emulator.client("ec2").delete_flow_logs(FlowLogIds=[physical_id])


class ElasticAddress(ResourceType):
    """An address on paper."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def create(self, resource: Resource) -> Provisioned:
        answer = self._emulator.client("ec2").allocate_address(Domain="vpc", TagSpecifications=_tags("elastic-ip", resource.properties))
        return Provisioned(answer["PublicIp"], {"AllocationId": answer["AllocationId"], "PublicIp": answer["PublicIp"]})

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        address = self._find(physical_id)
        self._emulator.client("ec2").create_tags(Resources=[address["AllocationId"]], Tags=resource.properties.get("Tags", []))
        return Provisioned(physical_id, {"AllocationId": address["AllocationId"], "PublicIp": physical_id})

    def delete(self, physical_id: str, properties: Json) -> None:
        self._emulator.client("ec2").release_address(AllocationId=self._find(physical_id)["AllocationId"])

    def _find(self, public_ip: str) -> Json:
        addresses: list[Json] = self._emulator.client("ec2").describe_addresses()["Addresses"]
        return next(address for address in addresses if address["PublicIp"] == public_ip)


class NatGateway(ResourceType):
    """A gateway on paper."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def create(self, resource: Resource) -> Provisioned:
        request: dict[str, Any] = {
            name: resource.properties[name] for name in ("SubnetId", "AllocationId", "ConnectivityType") if name in resource.properties
        }
        answer = self._emulator.client("ec2").create_nat_gateway(**request, TagSpecifications=_tags("natgateway", resource.properties))
        identifier = answer["NatGateway"]["NatGatewayId"]
        return Provisioned(identifier, {"NatGatewayId": identifier})

    def update(self, physical_id: str, old: Json, resource: Resource) -> Provisioned:
        if {**old, "Tags": None} == {**resource.properties, "Tags": None}:
            self._emulator.client("ec2").create_tags(Resources=[physical_id], Tags=resource.properties.get("Tags", []))
            return Provisioned(physical_id, {"NatGatewayId": physical_id})
        return self.create(resource)

    def delete(self, physical_id: str, properties: Json) -> None:
        self._emulator.client("ec2").delete_nat_gateway(NatGatewayId=physical_id)


def _vpc(change: Change) -> Provisioned:
    # The emulator has no Fn::GetAtt CidrBlock.
    return Provisioned(change.physical_id, {**change.attributes, "CidrBlock": change.new.get("CidrBlock", "")})


def _permission(properties: Json) -> Json:
    protocol = str(properties.get("IpProtocol", "-1"))
    permission: Json = {"IpProtocol": protocol}
    if protocol != "-1":
        permission |= {"FromPort": int(properties["FromPort"]), "ToPort": int(properties["ToPort"])}
    description = {"Description": properties["Description"]} if "Description" in properties else {}
    group = properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId")
    prefix_list = properties.get("SourcePrefixListId") or properties.get("DestinationPrefixListId")
    if group:
        permission["UserIdGroupPairs"] = [{"GroupId": group, **description}]
    if "CidrIp" in properties:
        permission["IpRanges"] = [{"CidrIp": properties["CidrIp"], **description}]
    if "CidrIpv6" in properties:
        permission["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"], **description}]
    if prefix_list:
        permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **description}]
    return permission


def _tags(kind: str, properties: Json) -> list[Json]:
    return [{"ResourceType": kind, "Tags": properties["Tags"]}] if properties.get("Tags") else []


def install(emulator: Emulator) -> None:
    """Adds what templates of a network need."""
    emulator.register_type("AWS::EC2::SecurityGroupIngress", SecurityGroupRule(emulator, "ingress"), tags=None)
    emulator.register_type("AWS::EC2::SecurityGroupEgress", SecurityGroupRule(emulator, "egress"), tags=None)
    emulator.register_type("AWS::EC2::FlowLog", FlowLog(emulator))
    emulator.register_type("AWS::EC2::EIP", ElasticAddress(emulator))
    emulator.register_type("AWS::EC2::NatGateway", NatGateway(emulator))
    emulator.correct_type("AWS::EC2::VPC", _vpc)


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
