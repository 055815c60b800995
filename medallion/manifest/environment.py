"""One environment of a lake: where it lives, how large it is and how well it is protected."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from medallion.manifest.airflow import Mwaa, Orchestrator
from medallion.manifest.assuming import PersonaSettings
from medallion.manifest.engines.settings import Source
from medallion.manifest.engines.source import SourceName, SourceSettings
from medallion.manifest.frozen import Frozen
from medallion.manifest.identifier import IDENTIFIER, LONGEST_NAME
from medallion.manifest.names import Names

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
LONGEST_BUCKET_NAME = 63


def _network_range(value: str) -> str:
    try:
        IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"{value!r}: is no network range: {error}") from error
    return value


Cidr = Annotated[str, StringConstraints(pattern=r"^(\d{1,3}\.){3}\d{1,3}/(1[6-9]|2[0-4])$"), AfterValidator(_network_range)]
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER, max_length=LONGEST_NAME)]
InterfaceEndpoint = Literal[
    "secretsmanager",
    "glue",
    "logs",
    "kms",
    "sts",
    "monitoring",
    "sqs",
    "sns",
    "ssm",
    "ecr.api",
    "ecr.dkr",
    "airflow.api",
    "airflow.env",
    "airflow.ops",
]
# What an Airflow environment calls where there is no way to the internet, besides S3, which has a gateway: MWAA itself as the page
# "Creating the required VPC service endpoints in an Amazon VPC with private routing" of its user guide lists it; and what our DAGs call.
MWAA_CALLS: tuple[InterfaceEndpoint, ...] = (
    "airflow.api",
    "airflow.env",
    "airflow.ops",
    "ecr.api",
    "ecr.dkr",
    "kms",
    "logs",
    "monitoring",
    "sqs",
)
DAGS_CALL: tuple[InterfaceEndpoint, ...] = ("glue", "logs", "sns", "ssm")
MWAA_SUBNETS = 2


class CreatedNetwork(Frozen):
    """A VPC of the lake's own with isolated subnets.

    Attributes:
        cidr: The VPC's range, /16 to /24; less does not hold its subnets.
        zones: Availability zones, 1 to 3.
        nat: Whether private subnets reach the internet through one NAT gateway.
        endpoints: AWS services that are reached privately, each at a monthly price a zone; S3 and DynamoDB are free and always there.
            Without `monitoring` and `nat`, jobs that read a source send no metrics. Airflow needs more of them where there is no `nat`.
    """

    mode: Literal["create"]
    cidr: Cidr = "10.20.0.0/16"
    zones: Annotated[int, Field(ge=1, le=3)] = 1
    nat: bool = False
    endpoints: tuple[InterfaceEndpoint, ...] = ("secretsmanager", "glue", "logs", "kms", "sts", "monitoring")


class ExistingNetwork(Frozen):
    """A VPC that others run; nothing in it is created or looked up.

    Attributes:
        vpc_id: Its id.
        subnet_ids: Private subnets with a way to S3, Secrets Manager, Glue, CloudWatch and its Logs, KMS and STS. Airflow lives in the first
            two, which must be in two zones, and needs a way to MWAA, SQS, SNS, SSM and ECR as well.
        availability_zones: The subnets' zones, in their order.
        security_group_id: A security group that lets its members talk to each other on all TCP ports, as Glue needs, and that the
            network's endpoints let in. Airflow is a member too.
    """

    mode: Literal["existing"]
    vpc_id: Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]+$")]
    subnet_ids: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]+$")], ...], Field(min_length=1)]
    availability_zones: Annotated[tuple[str, ...], Field(min_length=1)]
    security_group_id: Annotated[str, StringConstraints(pattern=r"^sg-[0-9a-f]+$")]

    @model_validator(mode="after")
    def _a_zone_for_each_subnet(self) -> Self:
        if len(self.subnet_ids) != len(self.availability_zones):
            raise ValueError("availability_zones needs one zone for each of subnet_ids")
        return self


Network = Annotated[CreatedNetwork | ExistingNetwork, Field(discriminator="mode")]


class Retention(Frozen):
    """How long things are kept that no table needs any more, in days.

    Attributes:
        noncurrent_versions: Overwritten and deleted objects.
        athena_results: Query results.
        access_logs: S3 access logs.
        logs: CloudWatch log groups; one of CloudWatch's own steps.
        landing: Uploads that the gate could not decide about; longer than the 14 days for which their messages are kept.
    """

    noncurrent_versions: Annotated[int, Field(ge=1)] = 30
    athena_results: Annotated[int, Field(ge=1)] = 7
    access_logs: Annotated[int, Field(ge=1)] = 90
    logs: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] = 30
    landing: Annotated[int, Field(ge=15)] = 30


class Workers(Frozen):
    """The size of a Glue job.

    Attributes:
        type: A Glue worker type.
        maximum: Auto scaling's upper bound, 2 to 299.
        timeout_minutes: When a run is stopped.
        retries: How often Glue starts a failed run again by itself; the DAG retries too, so 0 is usual.
    """

    type: Literal["G.1X", "G.2X", "G.4X", "G.8X", "R.1X", "R.2X"] = "G.1X"
    maximum: Annotated[int, Field(ge=2, le=299)] = 4
    timeout_minutes: Annotated[int, Field(ge=5, le=10080)] = 60
    retries: Annotated[int, Field(ge=0, le=10)] = 0


class Discovery(Frozen):
    """When crawlers look at the sources.

    Attributes:
        schedule: `cron(…)` as AWS writes it, in UTC, such as `cron(0 4 * * ? *)`; None: only `lake contracts discover` starts them.
    """

    schedule: Annotated[str, StringConstraints(pattern=r"^cron\(\S+( \S+){5}\)$")] | None = None


class Environment(Frozen):
    """All that differs between dev, stage, prod and the laptop.

    Attributes:
        name: The file's name without `.yaml`.
        account: Twelve digits.
        region: An AWS region.
        prefix: What all names begin with; the environment's name unless given.
        network: Where jobs and sources live.
        retention: How long what no table needs is kept.
        workers: The size of Glue jobs.
        sources: What each logical source of the contracts is here.
        discovery: When crawlers look at the sources.
        scan_limit_bytes: What one Athena query may read; at least 10,000,000.
        removal: Whether buckets, keys and databases outlive their stack.
        termination_protection: Whether a stack refuses to be deleted.
        permissions_boundary: The ARN of a policy that bounds every role, or None.
        bootstrap_qualifier: The qualifier of `cdk bootstrap`.
        alarm_address: Who is mailed alarms, and failures and missed deadlines where there is an Airflow to tell them; None for nobody.
        lake_formation: `manage` sets the account's Lake Formation up and grants by it; `adopt` grants, and leaves settings that are the whole
            account's alone; `off` leaves access to IAM.
        personas: Who may assume the personas of `config/personas.yaml` here, and their scan limits here.
        query_as: The persona as whom `lake` asks Athena, where `--as` names no other; None for the caller's own credentials. With
            `lake_formation: off` there are no personas, and it means nothing.
        orchestrator: `engine: mwaa` and its fields, or `none`: then a laptop or CI starts runs and the account pays nothing for it.
        tags: Put on every resource.
    """

    name: Identifier
    account: AccountId
    region: Region
    prefix: Identifier
    network: Network
    retention: Retention = Retention()
    workers: Workers = Workers()
    sources: dict[SourceName, Source]
    discovery: Discovery = Discovery()
    scan_limit_bytes: Annotated[int, Field(ge=10_000_000)] = 100_000_000_000
    removal: Literal["retain", "destroy"] = "retain"
    termination_protection: bool = True
    permissions_boundary: Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:policy/.+$")] | None = None
    bootstrap_qualifier: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,10}$")] = "hnb659fds"
    alarm_address: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    lake_formation: Literal["manage", "adopt", "off"] = "off"
    personas: dict[Identifier, PersonaSettings] = {}
    query_as: Identifier | None = None
    orchestrator: Orchestrator = "none"
    tags: dict[str, str] = {}

    @field_validator("prefix")
    @classmethod
    def _a_prefix_that_fits(cls, value: str, info: ValidationInfo) -> str:
        if "region" not in info.data or "account" not in info.data:
            return value
        longest = Names(prefix=value, account=info.data["account"], region=info.data["region"]).bucket("athena-results")
        if (excess := len(longest) - LONGEST_BUCKET_NAME) > 0:
            raise ValueError(
                f"{value!r}: must be at most {len(value) - excess} characters in {info.data['region']}: "
                f"the bucket {longest} would have {len(longest)}, and S3 takes {LONGEST_BUCKET_NAME}"
            )
        return value

    @field_validator("sources")
    @classmethod
    def _sources_apart(cls, value: dict[str, Source]) -> dict[str, Source]:
        by_plain: dict[str, str] = {}
        for name in value:
            # Resources are told apart by names without underscores.
            if (other := by_plain.setdefault(name.replace("_", ""), name)) != name:
                raise ValueError(f"{other!r} and {name!r} differ by underscores only, which resources can't be told apart by; rename one")
        return value

    @field_validator("permissions_boundary")
    @classmethod
    def _a_boundary_of_this_account(cls, value: str | None, info: ValidationInfo) -> str | None:
        account = info.data.get("account")
        if value and account and value.split(":")[4] != account:
            raise ValueError(f"{value!r}: is a policy of account {value.split(':')[4]}; a role's boundary is of its own, {account}")
        return value

    @field_validator("orchestrator")
    @classmethod
    def _a_network_that_airflow_can_live_in(cls, value: Mwaa | Literal["none"], info: ValidationInfo) -> Mwaa | Literal["none"]:
        network = info.data.get("network")
        if network is None or value == "none":
            return value
        if isinstance(network, ExistingNetwork):
            zones = set(network.availability_zones[:MWAA_SUBNETS])
            if len(zones) < MWAA_SUBNETS:
                raise ValueError("MWAA takes two private subnets in two zones: network.subnet_ids must begin with two such")
        elif not network.nat and (missing := sorted({*MWAA_CALLS, *DAGS_CALL} - set(network.endpoints))):
            raise ValueError(
                f"Airflow can't reach {', '.join(missing)} in a network with no way to the internet: "
                "add them to network.endpoints, or set network.nat: true"
            )
        return value

    @property
    def airflow(self) -> Mwaa | None:
        """The Airflow environment that starts runs here; None where a laptop or CI does."""
        return self.orchestrator if isinstance(self.orchestrator, Mwaa) else None

    @property
    def governed(self) -> bool:
        """Whether Lake Formation decides here who sees which column."""
        return self.lake_formation != "off"

    def sources_of[S: SourceSettings](self, settings: type[S]) -> dict[str, S]:
        """The sources of one engine, by name.

        Args:
            settings: The class of that engine's settings.
        """
        return {name: source for name, source in self.sources.items() if isinstance(source, settings)}

    @property
    def names(self) -> Names:
        """What this environment's resources are called."""
        return Names(prefix=self.prefix, account=self.account, region=self.region)
