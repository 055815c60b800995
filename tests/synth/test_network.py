"""Where jobs live: no way out but the configured one."""

from pathlib import Path

import pytest
from aws_cdk import App
from pydantic import ValidationError

from medallion.manifest.configuration import load_environment
from medallion.manifest.engines.postgres.settings import PostgresSource
from medallion.manifest.environment import DAGS_CALL, MWAA_CALLS, CreatedNetwork, ExistingNetwork
from medallion.manifest.errors import InvalidField
from stacks.compose import compose
from stacks.parts.delivery.release import Release
from tests.synth.assembly import LAKE, Assembly, Synthesize, as_list, manifest_of_one_source, manifest_of_two_sources


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
    services = {str(endpoint["ServiceName"]).partition(f"{assembly.environment.region}.")[2] for endpoint in interfaces}
    assert services == set(network.endpoints)
    assert all(len(endpoint["SubnetIds"]) == network.zones for endpoint in interfaces)
    assert len(endpoints) - len(interfaces) == 2


# What a job that reads a source calls from inside the VPC, besides S3, which has a gateway.
CALLS = {
    "secretsmanager": "medallion.ingest.jdbc.secret reads how to reach the source",
    "glue": "Iceberg's catalog, and Glue's own reading of the connection",
    "logs": "Glue sends the job's lines",
    "kms": "Glue associates the security configuration's keys and encrypts bookmarks",
    "sts": "Glue's workers take the job's role",
}
METRICS = "monitoring"


def test_a_job_in_the_network_reaches_all_that_it_calls_and_nothing_else_is_paid_for(assembly: Assembly) -> None:
    network = created(assembly)
    airflow = {*MWAA_CALLS, *DAGS_CALL} if assembly.environment.airflow and not network.nat else set()
    assert set(network.endpoints) - {METRICS} == {*CALLS, *airflow} - {METRICS}


def test_a_job_sends_metrics_only_from_where_it_reaches_cloudwatch(assembly: Assembly) -> None:
    network = assembly.environment.network
    for where, job in assembly.resources("AWS::Glue::Job").items():
        properties = job["Properties"]
        source = assembly.environment.sources.get(properties["DefaultArguments"].get("--source"))
        expected = (
            "Connections" not in properties
            or isinstance(network, ExistingNetwork)
            or network.nat
            or METRICS in network.endpoints
            or (isinstance(source, PostgresSource) and source.network is not None)
        )
        assert ("--enable-metrics" in properties["DefaultArguments"]) is expected, where
        assert ("--enable-observability-metrics" in properties["DefaultArguments"]) is expected, where
        allowed = {
            action
            for policy, statement in assembly.statements()
            if policy.startswith(where.rpartition("Job")[0])
            for action in as_list(statement["Action"])
        }
        assert ("cloudwatch:PutMetricData" in allowed) is expected, where


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


@pytest.mark.parametrize("name", ["release", "job_subnet_id", "sources_key"])
def test_a_source_that_is_called_as_a_part_of_a_stack_is_refused(name: str, tmp_path: Path) -> None:
    environment = load_environment(LAKE, "minimal")
    (shop,) = environment.sources.values()
    environment = environment.model_copy(update={"sources": {"shop": shop, name: shop}})
    with pytest.raises(InvalidField, match=rf"config/minimal\.yaml: sources\.{name}: can't be a source's name"):
        compose(App(), environment=environment, manifest=manifest_of_one_source(), release=Release("0" * 16, tmp_path, tmp_path))


def test_a_source_that_contracts_read_and_the_environment_lacks_is_told(tmp_path: Path) -> None:
    environment = load_environment(LAKE, "minimal")
    with pytest.raises(InvalidField, match=r"config/minimal\.yaml: sources: 'back_office' is missing"):
        compose(App(), environment=environment, manifest=manifest_of_two_sources(), release=Release("0" * 16, tmp_path, tmp_path))
