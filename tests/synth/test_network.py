"""Where jobs live: no way out but the configured one."""

from pathlib import Path

import pytest
from aws_cdk import App
from pydantic import ValidationError

from medallion.manifest.environment import CreatedNetwork, ExistingNetwork
from medallion.manifest.errors import InvalidField
from medallion.manifest.files import load_environment
from stacks.compose import compose
from stacks.parts.release import Release
from tests.synth.assembly import LAKE, Assembly, Synthesize, manifest_of_two_sources


def created(assembly: Assembly) -> CreatedNetwork:
    if not isinstance(assembly.environment.network, CreatedNetwork):
        pytest.skip("the environment borrows its network")
    return assembly.environment.network


def test_an_existing_network_is_only_told_of(synthesize: Synthesize) -> None:
    assembly = synthesize("borrowed")
    network = assembly.environment.network
    assert isinstance(network, ExistingNetwork)
    resources = assembly.template("network")["Resources"].values()
    assert {resource["Type"] for resource in resources} == {"AWS::SSM::Parameter"}
    told = {resource["Properties"]["Name"].rpartition("/")[2]: resource["Properties"]["Value"] for resource in resources}
    assert told == {
        "vpc-id": network.vpc_id,
        "subnet-ids": ",".join(network.subnet_ids),
        "job-subnet-id": network.subnet_ids[0],
        "job-availability-zone": network.availability_zones[0],
        "job-security-group-id": network.security_group_id,
    }


def test_there_is_a_way_to_the_internet_only_where_it_is_configured(assembly: Assembly) -> None:
    network = created(assembly)
    assert len(assembly.resources("AWS::EC2::NatGateway")) == int(network.nat)
    assert bool(assembly.resources("AWS::EC2::InternetGateway")) is network.nat
    for subnet in assembly.resources("AWS::EC2::Subnet").values():
        assert subnet["Properties"]["MapPublicIpOnLaunch"] is False


def test_only_the_configured_endpoints_cost_money(assembly: Assembly) -> None:
    network = created(assembly)
    endpoints = assembly.resources("AWS::EC2::VPCEndpoint").values()
    interfaces = [endpoint["Properties"] for endpoint in endpoints if endpoint["Properties"]["VpcEndpointType"] == "Interface"]
    assert {str(endpoint["ServiceName"]).rpartition(".")[2] for endpoint in interfaces} == set(network.endpoints)
    assert all(len(endpoint["SubnetIds"]) == network.zones for endpoint in interfaces)
    assert len(endpoints) - len(interfaces) == 2


def test_a_database_finds_subnets_in_two_zones(assembly: Assembly) -> None:
    created(assembly)
    zones = {str(subnet["Properties"]["AvailabilityZone"]) for subnet in assembly.resources("AWS::EC2::Subnet").values()}
    assert len(zones) >= 2


def test_nothing_is_reachable_from_everywhere(assembly: Assembly) -> None:
    for where, group in assembly.resources("AWS::EC2::SecurityGroup").items():
        for rule in group["Properties"].get("SecurityGroupIngress", []):
            assert "CidrIp" not in rule, where
    for where, rule in assembly.resources("AWS::EC2::SecurityGroupIngress").items():
        assert "SourceSecurityGroupId" in rule["Properties"], where


def test_flow_logs_are_kept(assembly: Assembly) -> None:
    created(assembly)
    (flow_log,) = assembly.resources("AWS::EC2::FlowLog").values()
    assert flow_log["Properties"]["TrafficType"] == "ALL"
    assert flow_log["Properties"]["LogGroupName"] == {"Ref": "NetworkLogGroup"}


def test_a_range_that_cannot_hold_its_subnets_is_refused() -> None:
    with pytest.raises(ValidationError, match="cidr"):
        CreatedNetwork(mode="create", cidr="10.0.0.0/26")


def test_a_source_that_contracts_read_and_the_environment_lacks_is_told(tmp_path: Path) -> None:
    environment = load_environment(LAKE, "minimal")
    with pytest.raises(InvalidField, match=r"config/minimal\.yaml: sources: 'back_office' is missing"):
        compose(App(), environment=environment, manifest=manifest_of_two_sources(), release=Release("0" * 16, tmp_path))
