"""What is paid when nothing runs."""

from typing import Any

import pytest

from review.price import ENDPOINT_A_ZONE, idle_price


def template(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"It": {"Type": kind, "Properties": properties}}}


@pytest.mark.parametrize(
    ("resource", "dollars"),
    [
        pytest.param(template("AWS::KMS::Key"), 1.00, id="a key"),
        pytest.param(
            template("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"]),
            21.90,
            id="an endpoint in three zones",
        ),
        pytest.param(template("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway"), 0, id="a gateway endpoint"),
        pytest.param(template("AWS::EC2::NatGateway"), 32.85, id="a NAT gateway"),
        pytest.param(template("AWS::RDS::DBInstance", DBInstanceClass="db.t4g.micro", AllocatedStorage="20"), 13.98, id="a database"),
        pytest.param(
            template("AWS::RDS::DBInstance", DBInstanceClass="db.t4g.micro", AllocatedStorage="20", MultiAZ=True),
            27.96,
            id="with a standby",
        ),
        pytest.param(template("AWS::MWAA::Environment", EnvironmentClass="mw1.small"), 357.70, id="Airflow"),
        pytest.param(
            template("AWS::MWAA::Environment", EnvironmentClass="mw1.medium", MinWorkers=2, MaxWorkers=9, Schedulers=3),
            700.80,
            id="Airflow with a second worker and a third scheduler at all times",
        ),
        pytest.param(
            template("AWS::MWAA::Environment", EnvironmentClass="mw1.micro", MinWorkers=1, Schedulers=1), 116.80, id="the smallest"
        ),
        pytest.param(template("AWS::S3::Bucket"), 0, id="what is paid by use"),
    ],
)
def test_a_resource_has_its_price(resource: dict[str, Any], dollars: float) -> None:
    price = idle_price([resource])
    assert price.total == pytest.approx(dollars, abs=0.01)
    assert price.unknown == ()


def test_the_endpoints_of_two_templates_are_added_up() -> None:
    endpoint = template("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b"])
    assert idle_price([endpoint, endpoint]).items == {"interface endpoints x zones": (4, round(4 * ENDPOINT_A_ZONE, 2))}


def test_what_the_table_does_not_know_is_named_and_not_free() -> None:
    price = idle_price([template("AWS::Redshift::Cluster"), template("AWS::RDS::DBInstance", DBInstanceClass="db.x2g.large")])
    assert price.unknown == ("AWS::RDS::DBInstance databases db.x2g.large", "AWS::Redshift::Cluster")
