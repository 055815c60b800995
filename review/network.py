"""The ways in, out and to services that a template makes, and what everyone on the internet can reach."""

from collections.abc import Callable, Iterator
from typing import Any

from review.access import rules_of
from review.reference import plain

Properties = dict[str, Any]
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})
BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
# Without a condition on who, where from, or through which endpoint, `*` is everyone.
NARROWS_EVERYONE = ("aws:Principal", "aws:Source", "kms:CallerAccount", "Source", "PrincipalOrgID")


def openings(resources: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Every rule of a security group, endpoint, gateway, peering and route to a gateway, one sentence each, sorted."""
    return tuple(sorted(line for where, kind, properties in _each(resources) for line in OPENINGS.get(kind, _none)(where, properties)))


def public(resources: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """What everyone on the internet can reach, one sentence each, sorted."""
    found = [line for where, kind, properties in _each(resources) for line in PUBLIC.get(kind, _none)(where, properties)]
    # The policy of an endpoint speaks to those who are in the network already.
    elsewhere = {where: resource for where, resource in resources.items() if resource["Type"] != "AWS::EC2::VPCEndpoint"}
    for holder, rules in rules_of(elsewhere).items():
        for rule in rules:
            if rule.effect == "allow" and rule.principal == "*" and not any(_narrows(condition) for condition in rule.conditions):
                found.append(f"{holder}: everyone may {', '.join(rule.actions)}")
    return tuple(sorted(found))


def _narrows(condition: str) -> bool:
    operator, _, rest = condition.partition(" ")
    return "Not" not in operator and (rest.startswith(NARROWS_EVERYONE) or operator.startswith(NARROWS_EVERYONE))


def _each(resources: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, Properties]]:
    for logical_id, resource in resources.items():
        yield logical_id, resource["Type"], resource.get("Properties", {})


def _none(where: str, properties: Properties) -> Iterator[str]:  # noqa: ARG001 - most types open nothing
    return iter(())


def _security_group(where: str, properties: Properties) -> Iterator[str]:
    for rule in properties.get("SecurityGroupIngress", ()):
        yield f"into {where}: {_traffic(rule)} from {_peer(rule)}"
    rules = properties.get("SecurityGroupEgress")
    # CloudFormation opens every way out of a group that names none.
    for rule in [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}] if rules is None else rules:
        yield f"out of {where}: {_traffic(rule)} to {_peer(rule)}"


def _traffic(rule: Properties) -> str:
    protocol = plain(rule.get("IpProtocol", "-1"))
    if protocol == "-1":
        return "everything"
    first, last = plain(rule.get("FromPort", "")), plain(rule.get("ToPort", ""))
    return f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"


def _peer(rule: Properties) -> str:
    peers = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "DestinationSecurityGroupId", "SourcePrefixListId", "DestinationPrefixListId")
    return ", ".join(plain(rule[peer]) for peer in peers if peer in rule) or "anywhere"


def _endpoint(where: str, properties: Properties) -> Iterator[str]:  # noqa: ARG001 - the service says more than the logical id
    subnets = len(properties.get("SubnetIds", ()))
    zones = f" in {subnets} zone{'' if subnets == 1 else 's'}" if subnets else ""
    yield f"{plain(properties.get('VpcEndpointType', 'Gateway')).lower()} endpoint to {plain(properties['ServiceName'])}{zones}"


def _route(where: str, properties: Properties) -> Iterator[str]:  # noqa: ARG001 - the table says more than the route's logical id
    ways = [plain(value) for key, value in sorted(properties.items()) if key.endswith("Id") and key != "RouteTableId"]
    to = [plain(value) for key, value in sorted(properties.items()) if key.startswith("Destination")]
    yield f"route of {plain(properties['RouteTableId'])} to {', '.join(to)} by {', '.join(ways)}"


def _public_rule(where: str, properties: Properties) -> Iterator[str]:
    for rule in properties.get("SecurityGroupIngress", [properties] if "GroupId" in properties else ()):
        if {rule.get("CidrIp"), rule.get("CidrIpv6")} & EVERYWHERE:
            yield f"{where}: {_traffic(rule)} from everywhere"


def _public_bucket(where: str, properties: Properties) -> Iterator[str]:
    blocked = properties.get("PublicAccessBlockConfiguration", {})
    if opened := [name for name in BLOCKS if blocked.get(name) is not True]:
        yield f"{where}: the bucket lacks {', '.join(opened)}"


def _flag(name: str, value: object, said: str) -> Callable[[str, Properties], Iterator[str]]:
    def check(where: str, properties: Properties) -> Iterator[str]:
        if properties.get(name) == value:
            yield f"{where}: {said}"

    return check


OPENINGS: dict[str, Callable[[str, Properties], Iterator[str]]] = {
    "AWS::EC2::SecurityGroup": _security_group,
    "AWS::EC2::SecurityGroupIngress": lambda _, rule: iter([f"into {plain(rule['GroupId'])}: {_traffic(rule)} from {_peer(rule)}"]),
    "AWS::EC2::SecurityGroupEgress": lambda _, rule: iter([f"out of {plain(rule['GroupId'])}: {_traffic(rule)} to {_peer(rule)}"]),
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::EC2::Route": _route,
    "AWS::EC2::InternetGateway": lambda where, _: iter([f"internet gateway {where}"]),
    "AWS::EC2::NatGateway": lambda where, _: iter([f"NAT gateway {where}"]),
    "AWS::EC2::VPCPeeringConnection": lambda where, _: iter([f"peering {where}"]),
}
PUBLIC: dict[str, Callable[[str, Properties], Iterator[str]]] = {
    "AWS::EC2::SecurityGroup": _public_rule,
    "AWS::EC2::SecurityGroupIngress": _public_rule,
    "AWS::EC2::Subnet": _flag("MapPublicIpOnLaunch", True, "what starts in the subnet gets a public address"),
    "AWS::S3::Bucket": _public_bucket,
    "AWS::RDS::DBInstance": _flag("PubliclyAccessible", True, "the database has a public address"),
    "AWS::Lambda::Url": _flag("AuthType", "NONE", "everyone may call the function"),
    "AWS::MWAA::Environment": _flag("WebserverAccessMode", "PUBLIC_ONLY", "Airflow's page is on the internet, behind IAM"),
}
