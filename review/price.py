"""What an environment costs a month when nothing runs, from its templates.

The one table of prices: list prices of us-east-1 in US dollars, a month of 730 hours. Other regions are up to a third dearer and AWS changes
them; the order of magnitude is what is meant, and AWS's own calculator is right where it says otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

HOURS = 730

ENDPOINT_A_ZONE = 0.01 * HOURS
NAT_GATEWAY = 0.045 * HOURS
PUBLIC_ADDRESS = 0.005 * HOURS
KEY = 1.00
SECRET = 0.40
ALARM = 0.10
DASHBOARD = 3.00
DATABASE_GIGABYTE = 0.115
DATABASES = {"db.t4g.micro": 0.016 * HOURS, "db.t4g.small": 0.032 * HOURS, "db.t4g.medium": 0.065 * HOURS}
# Without workers and schedulers beyond those that an environment has at the least, and without its database's storage.
AIRFLOW = {"mw1.micro": 0.16 * HOURS, "mw1.small": 0.49 * HOURS, "mw1.medium": 0.74 * HOURS, "mw1.large": 0.99 * HOURS}
# Of a worker or scheduler beyond the one worker and two schedulers of an environment.
AIRFLOW_PROCESS = {"mw1.small": 0.055 * HOURS, "mw1.medium": 0.11 * HOURS, "mw1.large": 0.22 * HOURS}
AIRFLOW_WORKERS, AIRFLOW_SCHEDULERS = 1, 2

# What costs nothing, or only by what is stored or used.
BY_USE = frozenset(
    {
        "AWS::Athena::DataCatalog",
        "AWS::Athena::NamedQuery",
        "AWS::Athena::WorkGroup",
        "AWS::CDK::Metadata",
        "AWS::DynamoDB::Table",
        "AWS::EC2::FlowLog",
        "AWS::EC2::InternetGateway",
        "AWS::EC2::Route",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::Events::Rule",
        "AWS::Glue::Connection",
        "AWS::Glue::Crawler",
        "AWS::Glue::Database",
        "AWS::Glue::Job",
        "AWS::Glue::SecurityConfiguration",
        "AWS::Glue::Table",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::LakeFormation::DataCellsFilter",
        "AWS::LakeFormation::DataLakeSettings",
        "AWS::LakeFormation::PrincipalPermissions",
        "AWS::LakeFormation::Resource",
        "AWS::LakeFormation::Tag",
        "AWS::LakeFormation::TagAssociation",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::RDS::DBParameterGroup",
        "AWS::RDS::DBSubnetGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::SSM::Parameter",
        "AWS::SecretsManager::ResourcePolicy",
        "AWS::SecretsManager::SecretTargetAttachment",
    }
)


@dataclass(frozen=True)
class Price:
    """What is paid without use.

    Attributes:
        items: Number and US dollars a month by what it is paid for.
        unknown: Types and sizes that the table does not know, which are not in the total.
    """

    items: dict[str, tuple[float, float]]
    unknown: tuple[str, ...]

    @property
    def total(self) -> float:
        """US dollars a month."""
        return round(sum(dollars for _, dollars in self.items.values()), 2)


def idle_price(templates: Iterable[dict[str, Any]]) -> Price:
    """The price of all resources of an environment's templates."""
    numbers: defaultdict[str, float] = defaultdict(float)
    dollars: defaultdict[str, float] = defaultdict(float)
    unknown: set[str] = set()
    for template in templates:
        for resource in template.get("Resources", {}).values():
            kind = resource["Type"]
            if kind in BY_USE or kind.startswith("Custom::"):
                continue
            priced = list(_priced(kind, resource.get("Properties", {})))
            if not priced:
                unknown.add(kind)
            for name, number, each in priced:
                if each is None:
                    unknown.add(f"{kind} {name}")
                else:
                    numbers[name] += number
                    dollars[name] += number * each
    return Price({name: (number, round(dollars[name], 2)) for name, number in sorted(numbers.items()) if number}, tuple(sorted(unknown)))


def _priced(kind: str, properties: dict[str, Any]) -> Iterator[tuple[str, float, float | None]]:
    match kind:
        case "AWS::EC2::VPCEndpoint":
            interface = properties.get("VpcEndpointType") == "Interface"
            yield "interface endpoints x zones", len(properties.get("SubnetIds", ())) if interface else 0, ENDPOINT_A_ZONE
        case "AWS::EC2::NatGateway":
            yield "NAT gateways", 1, NAT_GATEWAY
        case "AWS::EC2::EIP":
            yield "public addresses", 1, PUBLIC_ADDRESS
        case "AWS::KMS::Key":
            yield "KMS keys", 1, KEY
        case "AWS::SecretsManager::Secret":
            yield "secrets", 1, SECRET
        case "AWS::CloudWatch::Alarm":
            yield "alarms", 1, ALARM
        case "AWS::CloudWatch::Dashboard":
            yield "dashboards", 1, DASHBOARD
        case "AWS::RDS::DBInstance":
            size, zones = str(properties.get("DBInstanceClass")), 2 if properties.get("MultiAZ") is True else 1
            yield f"databases {size}", zones, DATABASES.get(size)
            yield "gigabytes of databases", zones * float(properties.get("AllocatedStorage", 0)), DATABASE_GIGABYTE
        case "AWS::MWAA::Environment":
            size = str(properties.get("EnvironmentClass", "mw1.small"))
            yield f"Airflow {size}", 1, AIRFLOW.get(size)
            beyond = max(0, int(properties.get("MinWorkers", 1)) - AIRFLOW_WORKERS)
            beyond += max(0, int(properties.get("Schedulers", AIRFLOW_SCHEDULERS)) - AIRFLOW_SCHEDULERS)
            if beyond:
                yield f"further workers and schedulers of Airflow {size}", beyond, AIRFLOW_PROCESS.get(size)
        case _:
            return
