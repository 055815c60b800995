"""The rules of security groups."""

from local.emulator.process import Emulator
from local.service import Json, Provisioned, Resource, ResourceType


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
