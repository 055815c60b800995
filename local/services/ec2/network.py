"""Flow logs, addresses and gateways of a network."""

from typing import Any

from local.emulator.process import Emulator
from local.service import Json, Provisioned, Resource, ResourceType


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


def _tags(kind: str, properties: Json) -> list[Json]:
    return [{"ResourceType": kind, "Tags": properties["Tags"]}] if properties.get("Tags") else []
